/** How and where it was measured, and what threatens its validity. */
import { instrumentsOf } from "../../analysis/instrument.ts";
import type { Analysis } from "../../analysis/facts/index.ts";
import type { Environment, Results } from "../../results/schema.ts";
import { formatCount, formatPercent, listOf, plural } from "./format.ts";
import { controlSentence } from "./totals.ts";

/** Where and on what it was measured. */
export function environmentRows(results: Results): [string, string][] {
  const { environment, options } = results;
  return [
    ["measured", `${results.startedAt} to ${results.finishedAt ?? "…"}, ${results.status}`],
    ["target", options.target ?? `the built Worker in workerd, through Miniflare, ${whereWords(results)}`],
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

function whereWords(results: Results): string {
  const used = instrumentsOf(results);
  return listOf([
    ...(used.has("loopback") || used.size === 0 ? ["on this machine's loopback"] : []),
    ...(used.has("network") ? ["behind an edge with TLS on a network between two kernels of this machine"] : []),
  ]);
}

function versionsOf({ versions }: Environment): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
}

/** What can be told of a deployment: its clock is another one. */
export const ONE_CLOCK =
  "This report has only what one clock can see: the process that measures stamps both ends of every figure. Nothing is stamped at the deployment, and scenarios that need it were not run.";

const BESIDE =
  "Peers are what people use today. Each peer ran in the same pair groups, before or after the four blocks by the toss of a coin. It had a fault proxy of its own, the same provider, and its client's defaults. A ratio is ours over the peer's, of the same transport, in the groups in which both were measured. The verdicts on peers are corrected among themselves. The transports' verdicts and counts of events do not depend on them.";

const ON_LOOPBACK =
  "The model provider, the fault proxy and the clients run in one process and stamp with one monotonic clock. The Agent runs in workerd as it would be deployed, without a development proxy.";

const ON_NETWORK =
  "On a network, the client is a page in Chromium or a program in Node, on one side of a link between two kernels. The provider, the Agent in workerd and an edge with TLS before it are on the other side. Times are of the client's clock. What happens elsewhere is stamped by the machine's clock, which is set beside the client's by brackets.";

export function methodWords(results: Results): string[] {
  const { options } = results;
  const used = instrumentsOf(results);
  return [
    ...(options.target === null ? [] : [`The clients run in one process and stamp with one monotonic clock. ${ONE_CLOCK}`]),
    ...(options.target === null && (used.has("loopback") || used.size === 0) ? [ON_LOOPBACK] : []),
    ...(used.has("network") ? [ON_NETWORK] : []),
    "Blocks run in groups A B B A, each with fresh connections, and are compared only within their group. Each block gives one number: its p50, its mean, its p90 or its p99. A group’s effect is the mean of its two WebSocket blocks minus that of its two SSE blocks, of the logarithms (the ratio) and in the unit. Intervals are Student’s, over the groups. The values beside them are of all samples. The bands of the plots are percentile bootstraps of whole groups, point by point.",
    "A difference is called at a p-value of at most 5 % after the correction for multiple comparisons. It must be above three times the resolution of a timer, and not be mostly the floor (the same path without an Agent). Its 90 % interval is then held against the smallest effect of interest: what nobody would notice or pay for.",
    "A difference matters where the whole interval lies beyond that, and is too small to matter where it lies within. Without a difference, an interval within it makes the two equivalent. Everything else is undecided, with the pair groups that would tell. What is the same in every pair group is a fact, and is counted nowhere.",
    ...(options.peers === true ? [BESIDE] : []),
  ];
}

/** When the rule was written down; it is frozen since. */
const RULE_FROM = "2026-11-29T08:00:00.000Z";

/** A rule that was chosen with a run's results seen is no test of them that was fixed beforehand. */
function ruleIsYounger({ startedAt }: Pick<Results, "startedAt">): string[] {
  return startedAt < RULE_FROM
    ? [
        `The rule of these verdicts was written down on ${RULE_FROM.slice(0, 10)}, after this run: results of the runs until then were seen when it was chosen.`,
      ]
    : [];
}

/** What was seen to spoil this run. */
export function spoilWords(results: Results, { contamination, control }: Analysis): string[] {
  const { resumed = [], environment } = results;
  const marks = Object.entries(contamination.byMark).map(([mark, count]) => `${mark}: ${count}`);
  return [
    ...ruleIsYounger(results),
    controlSentence(control),
    `${formatCount(contamination.marked)} of ${formatCount(contamination.blocks)} blocks are marked as contaminated${marks.length === 0 ? "" : ` (${marks.join(", ")})`}; none was dropped. The worst event-loop delay at p99 was ${contamination.worstEventLoopDelayP99Ms.toFixed(1)} ms, and the worst share of stolen CPU time ${formatPercent(contamination.worstStealShare)}.`,
    ...resumed.map((session) => {
      const moved = (["commit", "build", "node", "cpuModel", "kernel"] as const).filter(
        (field) => session.environment[field] !== environment[field],
      );
      return [
        `This run was cut off and resumed at ${session.at}.`,
        ...(session.remeasured === 0 ? [] : [`${plural(session.remeasured, "block")} of incomplete pair groups were measured again.`]),
        ...(moved.length === 0
          ? []
          : [`It resumed with another ${moved.join(", ")}: its two parts were measured under different conditions.`]),
      ].join(" ");
    }),
  ];
}

export function limitsWords(results: Results): string[] {
  const used = instrumentsOf(results);
  return [
    ...(used.has("loopback")
      ? [
          "Loopback has no round-trip time, no loss and no TLS. On a network, a handshake also costs its round trips, which figures over loopback do not have.",
        ]
      : []),
    ...(used.has("network")
      ? ["The network is a link on this machine: its delay and its loss are of a model or of a recording, and no real network is like it."]
      : []),
    ...ALWAYS,
  ];
}

const ALWAYS: readonly string[] = [
  "Client, proxy and provider share the machine with the Agent. Use the figures to compare the two sides of one run, not to size a deployment.",
  "Each interval is of 95 %, so some exclude 1 by chance. Differences are corrected for this by Benjamini and Hochberg's method, over all headlines together and over all other comparisons together: up to 5 % of the differences called may be false. The tests of size are each at 5 %, and not corrected. The control shows how often a difference is seen where there is none.",
];
