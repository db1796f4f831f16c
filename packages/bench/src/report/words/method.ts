/** How and where it was measured, and what spoils it. */
import type { Analysis } from "../../analysis/facts/index.ts";
import type { Environment, Results } from "../../results/schema.ts";
import { formatCount, formatPercent, plural } from "./format.ts";
import { controlSentence } from "./totals.ts";

/** Where and on what it was measured. */
export function environmentRows(results: Results): [string, string][] {
  const { environment, options } = results;
  return [
    ["measured", `${results.startedAt} to ${results.finishedAt ?? "…"}, ${results.status}`],
    ["target", options.target ?? "the built Worker in workerd, through Miniflare, on this machine's loopback"],
    ["depth, seed", `${options.depth}, ${options.seed}`],
    ["reply lengths", options.traffic],
    [
      "machine",
      `${environment.cpuModel}, ${environment.cores} cores, ${Math.round(environment.memoryBytes / 2 ** 30)} GiB, Linux ${environment.kernel}`,
    ],
    ["load before", environment.loadAverageAtStart.map((load) => load.toFixed(2)).join(", ")],
    ["timer lateness", `p50 ${environment.timerLatenessMs.p50.toFixed(2)} ms, p99 ${environment.timerLatenessMs.p99.toFixed(2)} ms`],
    ["versions", `Node ${environment.node}, ${versionsOf(environment)}`],
    [
      "commit",
      environment.commit === null
        ? "unknown"
        : `${environment.commit.slice(0, 12)}${environment.dirty === true ? ", with uncommitted changes" : ""}`,
    ],
  ];
}

function versionsOf({ versions }: Environment): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
}

/** What can be told of a deployment: its clock is another one. */
export const ONE_CLOCK =
  "Only what one clock can see: every figure here is stamped at both ends in the process that measures. Nothing is stamped at the deployment; scenarios that would need it were not run.";

const BESIDE =
  "What people use today ran in the same pair groups, before or after their four blocks by a coin, through a fault proxy of its own, with the same provider and each client's defaults. Its ratio is ours over the peer's, of the same transport, in the groups in which both were measured; the control is ours against itself, since a peer has one block of a group. Its verdicts are corrected among themselves, and nothing of the transports' verdicts or of their counts of events depends on them.";

export function methodWords({ options }: Results): string[] {
  return [
    options.target === null
      ? "The model provider, the fault proxy and the clients run in one process and stamp with one monotonic clock; the Agent runs in workerd as it would be deployed, with no development proxy between."
      : `The clients run in one process and stamp with one monotonic clock. ${ONE_CLOCK}`,
    "Blocks run in groups A B B A, fresh connections each, and are compared within their group only. Ratios are of pooled quantiles, WebSocket over SSE; intervals are 95 % expanded percentile bootstraps that resample whole groups. The plots' bands are plain percentile bootstraps of the same groups, point by point.",
    "A difference is claimed only where the interval excludes 1, a paired test still says so after the correction for many comparisons, the effect lies outside both controls (the same transport against itself), its size is above three times the resolution of a timer, and the figure is not mostly the floor. Alike is said where the whole interval lies within 10 % of 1. Whatever is neither is “no difference that we can detect”: there may be one, and this run cannot tell.",
    ...(options.peers === true ? [BESIDE] : []),
  ];
}

/** What was seen to spoil this run, or could have. */
export function spoilWords({ resumed = [], environment }: Results, { contamination, control }: Analysis): string[] {
  const marks = Object.entries(contamination.byMark).map(([mark, count]) => `${mark}: ${count}`);
  return [
    controlSentence(control),
    `${formatCount(contamination.marked)} of ${formatCount(contamination.blocks)} blocks bear a mark of contamination${marks.length === 0 ? "" : ` (${marks.join(", ")})`}; none was dropped. The worst event-loop delay at p99 was ${contamination.worstEventLoopDelayP99Ms.toFixed(1)} ms, the worst steal ${formatPercent(contamination.worstStealShare)}.`,
    ...resumed.map((session) => {
      const moved = (["commit", "build", "node", "cpuModel", "kernel"] as const).filter(
        (field) => session.environment[field] !== environment[field],
      );
      return `This run was cut off and went on at ${session.at}${session.remeasured === 0 ? "" : `, where ${plural(session.remeasured, "block")} of half pair groups were measured anew`}${moved.length === 0 ? "" : `, with another ${moved.join(", ")}: its parts are not of one kind`}.`;
    }),
  ];
}

export const limitsWords: readonly string[] = [
  "Loopback has no round-trip time, no loss and no TLS: what a handshake costs on a network is its round trips times the network's, which this run does not add.",
  "Client, proxy and provider share the machine with the Agent. Figures are for comparing the two sides of one run, not for sizing a deployment.",
  "Intervals are each of 95 %, so that some exclude 1 by chance; verdicts are corrected for it: by Benjamini and Hochberg's method, all headlines together and all the rest together, so that 5 % of the differences called may be false. The control says how often it happened where there is no difference.",
];
