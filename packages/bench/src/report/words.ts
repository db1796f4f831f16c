import { armName, formatDifference, formatInterval, formatRatioWithInterval, formatValue, quantileName } from "../analysis/format.ts";
import type { ClaimOutcome, Comparison, NoDifferenceReason, ScenarioAnalysis, Verdict } from "../analysis/index.ts";
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
    case "no-difference":
      return `no difference that we can detect (${verdict.reasons.map((reason) => whyNone[reason]).join(", ")})`;
    case "not-enough-data":
      return `not enough data: ${verdict.reason}`;
  }
}

/** The verdict without its reasons. */
export function shortVerdict(verdict: Verdict): string {
  if (verdict.kind === "lower") return verdictWords(verdict);
  return verdict.kind === "no-difference" ? "no difference" : "not enough data";
}

/** Why it is no difference, or not enough; empty for a difference. */
export function verdictReasons(verdict: Verdict): string {
  if (verdict.kind === "lower") return "";
  return verdict.kind === "no-difference" ? verdict.reasons.map((reason) => whyNone[reason]).join(", ") : verdict.reason;
}

export function claimWords(outcome: ClaimOutcome): string {
  return outcome === "no-difference" ? "no difference that we can detect" : outcome;
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

export const methodWords: readonly string[] = [
  "The model provider, the fault proxy and the clients run in one process and stamp with one monotonic clock; the Agent runs in workerd as it would be deployed, with no development proxy between.",
  "Blocks run in groups A B B A, fresh connections each, and are compared within their group only. Ratios are of pooled quantiles, WebSocket over SSE; intervals are 95 % expanded percentile bootstraps that resample whole groups.",
  "A difference is claimed only where the interval excludes 1, a paired test still says so after the correction for many comparisons, the effect lies outside both controls (the same transport against itself), its size is above three times the resolution of a timer, and the figure is not mostly the floor.",
];

export const limitsWords: readonly string[] = [
  "Loopback has no round-trip time, no loss and no TLS: what a handshake costs on a network is its round trips times the network's, which this run does not add.",
  "Client, proxy and provider share the machine with the Agent. Figures are for comparing the two sides of one run, not for sizing a deployment.",
  "Intervals are each of 95 %, so that some exclude 1 by chance; verdicts are corrected for it: Holm's method for all headlines together, Benjamini and Hochberg's for the rest. The control says how often it happened where there is no difference.",
];
