import type { Condition, ScenarioResult } from "../results/schema.ts";
import { measureMetric, type CompareOptions, type Measured } from "./measure-metric.ts";
import { isCompared } from "./groups.ts";
import { measurePeers, type MeasuredPeers } from "./peers.ts";

/** All that one condition says by itself: what its verdicts are made from, once those of all others are known. */
export interface MeasuredCondition {
  readonly condition: Condition;
  readonly measured: readonly Measured[];
  /** The same without the marked groups; `null` where none is marked. */
  readonly withoutMarked: readonly Measured[] | null;
  readonly peers: MeasuredPeers;
  readonly contaminatedGroups: number;
  readonly unsteadyGroups: number;
}

/** One condition's bootstraps: a unit for worker threads, with all that it needs. */
export interface ConditionJob {
  readonly kind: "condition";
  /** With the blocks of the condition only. */
  readonly scenario: ScenarioResult;
  readonly condition: string;
  /** Pair groups from before the steady state. */
  readonly before: readonly number[];
  readonly options: CompareOptions;
}

/** @throws RangeError where the scenario has no such condition */
export function runConditionJob({ scenario, condition: id, before, options }: ConditionJob): MeasuredCondition {
  const condition = scenario.conditions.find((one) => one.id === id);
  if (condition === undefined) throw new RangeError(`${scenario.name} has no condition ${id}.`);
  return measureCondition(scenario, condition, new Set(before), options);
}

/** @param before pair groups of the condition that were run before the scenario was steady */
function measureCondition(
  scenario: ScenarioResult,
  condition: Condition,
  before: ReadonlySet<number>,
  options: CompareOptions,
): MeasuredCondition {
  if (condition.notRun !== undefined) {
    const peers = { comparisons: [], text: [], notAsked: [] };
    return { condition, measured: [], withoutMarked: null, peers, contaminatedGroups: 0, unsteadyGroups: 0 };
  }
  const contaminated = new Set(
    scenario.blocks
      .filter((block) => block.condition === condition.id && isCompared(block.arm) && block.contamination.marks.length > 0)
      .map((block) => block.pair),
  );
  const marked = new Set([...contaminated, ...before]);
  const measureAll = (leaveOut?: ReadonlySet<number>): Measured[] =>
    scenario.metrics.flatMap((metric) => measureMetric(scenario, condition, metric, options, leaveOut));
  const measured = measureAll();
  return {
    condition,
    measured,
    peers: measurePeers(scenario, condition, options),
    withoutMarked: marked.size === 0 ? null : measureAll(marked),
    contaminatedGroups: contaminated.size,
    unsteadyGroups: before.size,
  };
}
