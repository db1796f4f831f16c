import type { ApplicationAnswer, ApplicationOutcome } from "../analysis/applications.ts";
import {
  ALIKE_WORDS,
  armName,
  formatCount,
  formatDifference,
  formatInterval,
  formatNumber,
  formatPercent,
  formatRatioWithInterval,
  formatValue,
  listOf,
  NO_DIFFERENCE_WORDS,
  plural,
  quantileName,
} from "../analysis/format.ts";
import { extremes, type ClaimEvidence } from "../analysis/evidence.ts";
import type { Analysis, ClaimOutcome, Comparison, JsonInterval, NoDifferenceReason, ScenarioAnalysis, Verdict } from "../analysis/index.ts";
import type { Environment, Metric, Results } from "../results/schema.ts";

const whyNone: Readonly<Record<NoDifferenceReason, string>> = {
  "interval-holds-1": "the interval holds 1",
  "inside-control": "inside the control",
  correction: "not after the correction for many comparisons",
  "below-resolution": "below three times a timer's resolution",
  "below-floor": "below three times the floor",
};

export function verdictWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case "lower":
      return `${armName(verdict.arm)} lower`;
    case "alike":
      return ALIKE_WORDS;
    case "no-difference":
      return `${NO_DIFFERENCE_WORDS} (${verdict.reasons.map((reason) => whyNone[reason]).join(", ")})`;
    case "not-enough-data":
      return `not enough data: ${verdict.reason}`;
  }
}

/** The verdict without its reasons, for a narrow place that says them beside it. */
export function shortVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case "no-difference":
      return "not told apart";
    case "not-enough-data":
      return "not enough data";
    default:
      return verdictWords(verdict);
  }
}

/** Why nothing is said of a difference, or there is not enough for it; empty for what is said. */
export function verdictReasons(verdict: Verdict): string {
  if (verdict.kind === "lower" || verdict.kind === "alike") return "";
  return verdict.kind === "no-difference" ? verdict.reasons.map((reason) => whyNone[reason]).join(", ") : verdict.reason;
}

export function claimWords(outcome: ClaimOutcome): string {
  return outcome === "no-difference" ? NO_DIFFERENCE_WORDS : outcome;
}

/** One row of a scenario's table, in words; the columns are those of {@link comparisonColumns}. */
export function comparisonRow(comparison: Comparison, metric: Metric, scenario: ScenarioAnalysis): string[] {
  const { effect, controls } = comparison;
  return [
    `${metric.label}, ${quantileName(comparison.quantile)}`,
    ...scenario.arms.map(({ id }) => {
      const found = comparison.arms.find(({ arm }) => arm === id);
      if (found === undefined || found.samples === 0) return "–";
      return found.value === null ? "too few samples" : formatValue(found.value, metric.unit);
    }),
    effect === null ? "–" : formatRatioWithInterval(effect),
    effect === null ? "–" : formatDifference(effect.difference, metric.unit),
    verdictWords(comparison.verdict),
    controls.length === 0 ? "–" : controls.map(({ arm, interval }) => `${armName(arm)} ${formatInterval(interval)}`).join(", "),
  ];
}

export function comparisonColumns(scenario: ScenarioAnalysis): string[] {
  return ["", ...scenario.arms.map(({ label }) => label), "WebSocket ÷ SSE (95 %)", "difference", "verdict", "control (A/A)"];
}

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
    control.sentence,
    `${formatCount(contamination.marked)} of ${formatCount(contamination.blocks)} blocks bear a mark of contamination${marks.length === 0 ? "" : ` (${marks.join(", ")})`}; none was dropped. The worst event-loop delay at p99 was ${contamination.worstEventLoopDelayP99Ms.toFixed(1)} ms, the worst steal ${formatPercent(contamination.worstStealShare)}.`,
    ...resumed.map((session) => {
      const moved = (["commit", "build", "node", "cpuModel", "kernel"] as const).filter(
        (field) => session.environment[field] !== environment[field],
      );
      return `This run was cut off and went on at ${session.at}${session.remeasured === 0 ? "" : `, where ${plural(session.remeasured, "block")} of half pair groups were measured anew`}${moved.length === 0 ? "" : `, with another ${moved.join(", ")}: its parts are not of one kind`}.`;
    }),
  ];
}

export function applicationWords(outcome: ApplicationOutcome): string {
  const words: Readonly<Record<ApplicationOutcome, string>> = {
    sse: "SSE",
    ws: "WebSocket",
    depends: "It depends",
    either: "No difference seen",
    "not-measured": "Not measured",
  };
  return words[outcome];
}

export function missingWords(missing: ApplicationAnswer["missing"]): string {
  const byReason = Map.groupBy(missing, ({ reason }) => reason.replace(/\.$/, ""));
  return `Not measured: ${[...byReason].map(([reason, ones]) => `${listOf(ones.map(({ scenario }) => scenario))} (${reason})`).join("; ")}.`;
}

/** `residentBytes` → `resident bytes`. */
export function factorWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[-_]/g, " ")
    .toLowerCase();
}

/** `12.3 KiB`, with a true minus sign. */
export function bytesWords(bytes: number): string {
  const size = Math.abs(bytes);
  const [scale, unit] = size >= 2 ** 20 ? [2 ** 20, "MiB"] : size >= 1024 ? [1024, "KiB"] : [1, "B"];
  return `${formatNumber(bytes / scale)} ${unit}`;
}

export function bytesIntervalWords({ low, high }: JsonInterval): string {
  return low === null || high === null ? "–" : `${bytesWords(low)} to ${bytesWords(high)}`;
}

/** The lowest and the highest effect behind a claim, each with its interval and setting. */
export function effectWords(evidence: readonly ClaimEvidence[], number: number): string {
  const own = evidence.find((one) => one.number === number);
  const effects = own === undefined ? [] : extremes(own).map((point) => `${formatRatioWithInterval(point)} ${point.condition}`);
  return effects.join("; ") || "–";
}

export const limitsWords: readonly string[] = [
  "Loopback has no round-trip time, no loss and no TLS: what a handshake costs on a network is its round trips times the network's, which this run does not add.",
  "Client, proxy and provider share the machine with the Agent. Figures are for comparing the two sides of one run, not for sizing a deployment.",
  "Intervals are each of 95 %, so that some exclude 1 by chance; verdicts are corrected for it: by Benjamini and Hochberg's method, all headlines together and all the rest together, so that 5 % of the differences called may be false. The control says how often it happened where there is no difference.",
];
