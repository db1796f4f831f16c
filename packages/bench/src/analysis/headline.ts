import type { Condition, Metric } from "../results/schema.ts";
import { ALIKE_WORDS, NO_DIFFERENCE_WORDS } from "./format.ts";
import type { Comparison, ConditionAnalysis, Outcome, ScenarioAnalysis } from "./types.ts";

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
  /** Alike, or with no difference that can be told. */
  readonly same: readonly Placed[];
  readonly undecided: readonly Placed[];
}

/** By which arm is better, not by which is lower. */
export function sortByVerdict(placed: readonly Placed[]): Sorted {
  const better = (arm: "sse" | "ws"): Placed[] => placed.filter(({ comparison }) => comparison.better === arm);
  return {
    sse: better("sse"),
    ws: better("ws"),
    same: placed.filter(({ comparison: { verdict } }) => verdict.kind === "alike" || verdict.kind === "no-difference"),
    undecided: placed.filter(({ comparison }) => comparison.verdict.kind === "not-enough-data"),
  };
}

/** Those that are alike, and those of which nothing can be told, each with the words for it, of the ones that there are. */
export function splitSame(
  same: readonly Placed[],
): { readonly words: string; readonly clause: string; readonly placed: readonly Placed[] }[] {
  const alike = same.filter(isAlike);
  const rest = same.filter((placed) => !isAlike(placed));
  return [
    { words: ALIKE_WORDS, clause: `they are ${ALIKE_WORDS}`, placed: alike },
    { words: NO_DIFFERENCE_WORDS, clause: `there is ${NO_DIFFERENCE_WORDS}`, placed: rest },
  ].filter(({ placed }) => placed.length > 0);
}

function isAlike({ comparison }: Placed): boolean {
  return comparison.verdict.kind === "alike";
}

/** One arm wins where it is better at every setting that could be decided; anything mixed depends on the setting. */
export function outcomeOf({ sse, ws, same }: Sorted): Exclude<Outcome, "not-run"> {
  const kinds = [sse, ws, same].filter((group) => group.length > 0).length;
  if (kinds === 0) return "not-enough-data";
  if (kinds > 1) return "depends";
  if (same.length > 0) return same.every(isAlike) ? "alike" : "no-difference";
  return ws.length > 0 ? "ws" : "sse";
}
