import type { Condition, Metric } from "../results/schema.ts";
import type { Comparison, ConditionAnalysis, Counts, Outcome, Reduction, ScenarioAnalysis } from "./facts/index.ts";

/** A comparison with the setting and the metric that it belongs to. */
export interface Placed {
  readonly condition: ConditionAnalysis["condition"];
  readonly metric: Metric;
  readonly comparison: Comparison;
}

export type Comparable = Pick<ScenarioAnalysis, "conditions" | "metrics">;

export function placedComparisons({ conditions, metrics }: Comparable): Placed[] {
  return conditions.flatMap(({ condition, comparisons }) =>
    comparisons.flatMap((comparison) => {
      const metric = metrics.find(({ id }) => id === comparison.metric);
      return metric === undefined ? [] : [{ condition, metric, comparison }];
    }),
  );
}

/** The first metric at its first statistic. It is fixed before the run, by the scenario's order. */
function isFirst({ metrics }: Pick<ScenarioAnalysis, "metrics">, { metric, comparison }: Placed): boolean {
  return metric.id === metrics[0]?.id && comparison.statistic === metric.quantiles[0];
}

/** What verdicts are drawn from, in each condition: the first metric at its p50, or its mean where the p50 hides what the mean shows. */
export function isHeadline(scenario: Comparable, placed: Placed): boolean {
  const { metric, comparison, condition } = placed;
  if (isFirst(scenario, placed)) return !comparison.meanDiffers;
  if (metric.id !== scenario.metrics[0]?.id || comparison.statistic !== "mean") return false;
  const all = scenario.conditions.find((one) => one.condition === condition)?.comparisons ?? [];
  return all.some((one) => one.metric === metric.id && one.meanDiffers);
}

export function headlines(scenario: Comparable): Placed[] {
  return placedComparisons(scenario).filter((placed) => isHeadline(scenario, placed));
}

/** A condition's, with the metric that it is of; `undefined` where none was measured. */
export function headlineOf(scenario: Comparable, { condition }: Pick<ConditionAnalysis, "condition">): Placed | undefined {
  return headlines(scenario).find((placed) => placed.condition === condition);
}

/** By scenario, the actions of it that somebody speaks of, where its settings have an action as a factor; all of a scenario that is not named. */
export type SpokenActions = Readonly<Record<string, readonly string[]>>;

export function isSpokenOf(actions: SpokenActions | undefined, scenario: string, { factors }: Condition): boolean {
  return actions?.[scenario]?.includes(String(factors["action"])) ?? true;
}

export interface Sorted {
  /** Better by what matters. */
  readonly sse: readonly Placed[];
  readonly ws: readonly Placed[];
  readonly tooSmall: readonly Placed[];
  readonly equivalent: readonly Placed[];
  readonly undecided: readonly Placed[];
  /** Facts, which are counted nowhere. */
  readonly constant: readonly Placed[];
  readonly notEnoughData: readonly Placed[];
}

/** By which arm is better, not by which is lower. */
export function sortByVerdict(placed: readonly Placed[]): Sorted {
  const better = (arm: "sse" | "ws"): Placed[] => placed.filter(({ comparison }) => comparison.better === arm);
  const judged = (kind: Comparison["verdict"]["kind"]): Placed[] => placed.filter(({ comparison }) => comparison.verdict.kind === kind);
  return {
    sse: better("sse"),
    ws: better("ws"),
    tooSmall: judged("too-small"),
    equivalent: judged("equivalent"),
    undecided: judged("undecided"),
    constant: judged("constant"),
    notEnoughData: judged("not-enough-data"),
  };
}

export function countsOf({ sse, ws, tooSmall, equivalent, undecided, notEnoughData }: Sorted): Counts {
  return {
    sse: sse.length,
    ws: ws.length,
    tooSmall: tooSmall.length,
    equivalent: equivalent.length,
    undecided: undecided.length,
    notEnoughData: notEnoughData.length,
  };
}

/** Comparisons that were judged: constants are facts, and none of these. */
export function judgedIn({ sse, ws, tooSmall, equivalent, undecided }: Counts): number {
  return sse + ws + tooSmall + equivalent + undecided;
}

/** One arm wins where it is better, by what matters, at every setting; anything mixed depends on the setting. */
export function outcomeOf(counts: Counts, constants = 0): Exclude<Outcome, "not-run"> {
  const { sse, ws, undecided } = counts;
  const judged = judgedIn(counts);
  if (judged === 0) return constants > 0 ? "constant" : "not-enough-data";
  if (ws === judged) return "ws";
  if (sse === judged) return "sse";
  if (sse + ws > 0) return "depends";
  return undecided > 0 ? "undecided" : "no-difference";
}

/** @param comparisons of one metric */
export function reductionOf(comparisons: readonly Comparison[]): Reduction {
  const compared = comparisons.flatMap(({ effect, arms }) => (effect === null ? [] : [{ effect, arms }]));
  return {
    share: rangeOf(compared.map(({ effect: { ratio }, arms }) => (ratio === null ? shareOf(arms) : 1 - Math.min(ratio, 1 / ratio)))),
    difference: rangeOf(compared.map(({ effect: { difference } }) => Math.abs(difference))),
  };
}

/** Of the values over all samples, where a block's value of 0 leaves no ratio. */
function shareOf(arms: Comparison["arms"]): number {
  const values = arms.flatMap(({ arm, value }) => ((arm === "sse" || arm === "ws") && value !== null ? [value] : []));
  const most = Math.max(...values);
  return most === 0 ? 0 : 1 - Math.min(...values) / most;
}

function rangeOf(values: readonly number[]): { readonly low: number; readonly high: number } {
  return { low: Math.min(...values), high: Math.max(...values) };
}
