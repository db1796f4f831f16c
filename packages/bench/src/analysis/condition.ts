import type { Condition, Environment, ScenarioResult } from "../results/schema.ts";
import { isCompared } from "./groups.ts";
import { measureMetric, type Measured } from "./measure-metric.ts";
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

/** @param before pair groups of the condition that were run before the scenario was steady */
export function measureCondition(
  scenario: ScenarioResult,
  condition: Condition,
  before: ReadonlySet<number>,
  environment: Environment,
): MeasuredCondition {
  if (condition.notRun !== undefined) {
    const peers = { comparisons: [], text: [], notAsked: [] };
    return { condition, measured: [], withoutMarked: null, peers, contaminatedGroups: 0, unsteadyGroups: 0 };
  }
  const here = { ...scenario, blocks: scenario.blocks.filter((block) => block.condition === condition.id) };
  const contaminated = new Set(
    here.blocks.filter((block) => isCompared(block.arm) && block.contamination.marks.length > 0).map((block) => block.pair),
  );
  const marked = new Set([...contaminated, ...before]);
  const measureAll = (leaveOut?: ReadonlySet<number>): Measured[] =>
    scenario.metrics.flatMap((metric) => measureMetric(here, condition, metric, environment, leaveOut));
  return {
    condition,
    measured: measureAll(),
    peers: measurePeers(here, condition, environment),
    withoutMarked: marked.size === 0 ? null : measureAll(marked),
    contaminatedGroups: contaminated.size,
    unsteadyGroups: before.size,
  };
}
