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

/** The headline of each condition: the scenario's first metric at its first quantile. It is fixed before the run, by the scenario's order. */
export function isHeadline({ metrics }: Comparable, { metric, comparison }: Placed): boolean {
  return metric.id === metrics[0]?.id && comparison.quantile === metric.quantiles[0];
}

export function headlines(scenario: Comparable): Placed[] {
  return placedComparisons(scenario).filter((placed) => isHeadline(scenario, placed));
}

/** By scenario, the actions of it that somebody speaks of, where its settings have an action as a factor; all of a scenario that is not named. */
export type SpokenActions = Readonly<Record<string, readonly string[]>>;

export function isSpokenOf(actions: SpokenActions | undefined, scenario: string, { factors }: Condition): boolean {
  return actions?.[scenario]?.includes(String(factors["action"])) ?? true;
}

export interface Sorted {
  readonly sse: readonly Placed[];
  readonly ws: readonly Placed[];
  readonly alike: readonly Placed[];
  /** No difference that can be told. */
  readonly noDifference: readonly Placed[];
  readonly notEnoughData: readonly Placed[];
}

/** By which arm is better, not by which is lower. */
export function sortByVerdict(placed: readonly Placed[]): Sorted {
  const better = (arm: "sse" | "ws"): Placed[] => placed.filter(({ comparison }) => comparison.better === arm);
  const judged = (kind: Comparison["verdict"]["kind"]): Placed[] => placed.filter(({ comparison }) => comparison.verdict.kind === kind);
  return {
    sse: better("sse"),
    ws: better("ws"),
    alike: judged("alike"),
    noDifference: judged("no-difference"),
    notEnoughData: judged("not-enough-data"),
  };
}

export function countsOf({ sse, ws, alike, noDifference, notEnoughData }: Sorted): Counts {
  return {
    sse: sse.length,
    ws: ws.length,
    alike: alike.length,
    noDifference: noDifference.length,
    notEnoughData: notEnoughData.length,
  };
}

/** Comparisons with a verdict. */
export function decided({ sse, ws, alike, noDifference }: Counts): number {
  return sse + ws + alike + noDifference;
}

/** One arm wins where it is better at every setting that could be decided; anything mixed depends on the setting. */
export function outcomeOf({ sse, ws, alike, noDifference }: Counts): Exclude<Outcome, "not-run"> {
  const same = alike + noDifference;
  const kinds = [sse, ws, same].filter((count) => count > 0).length;
  if (kinds === 0) return "not-enough-data";
  if (kinds > 1) return "depends";
  if (same > 0) return noDifference === 0 ? "alike" : "no-difference";
  return ws > 0 ? "ws" : "sse";
}

/** @param comparisons of one metric */
export function reductionOf(comparisons: readonly Comparison[]): Reduction {
  const effects = comparisons.flatMap(({ effect }) => (effect === null ? [] : [effect]));
  return {
    share: rangeOf(effects.map(({ ratio }) => (ratio === null ? 1 : 1 - Math.min(ratio, 1 / ratio)))),
    difference: rangeOf(effects.map(({ difference }) => Math.abs(difference))),
  };
}

function rangeOf(values: readonly number[]): { readonly low: number; readonly high: number } {
  return { low: Math.min(...values), high: Math.max(...values) };
}
