import type { Block } from "../results/schema.ts";
import { schedule, type PlannedBlock } from "./schedule.ts";
import type { Depth, Scenario } from "../scenarios/parts/scenario.ts";
import { halfOf } from "../results/halves.ts";
import { deriveSeed, seededRandom } from "../stats/index.ts";

export interface PlanOptions {
  readonly depth: Depth;
  readonly seed: number;
  /** At a deployment there is no floor, no arm of a proxy's, and no scenario that needs one. */
  readonly isRemote: boolean;
}

/**
 * Every block of a scenario, in order. It follows from the options alone, and a scenario's order from its own name, so that a run which was
 * cut off goes on with the same blocks, and a scenario measured alone has the order that it has among others.
 */
export function planScenario(scenario: Scenario, { depth, seed, isRemote }: PlanOptions): PlannedBlock[] {
  if (isRemote && scenario.notRemote !== null) return [];
  const plan = schedule(scenario, depth, seededRandom(deriveSeed(seed, "schedule", scenario.name)));
  return isRemote ? plan.filter(({ arm }) => arm === "sse" || arm === "ws") : plan;
}

/**
 * What is drawn within a block follows from its setting and pair group, not from what ran before it. All blocks of a group draw the same: they get the same
 * traffic, and links the same luck, so that what differs between them is the transport (common random numbers). Of a setting in halves, those of a half do.
 */
export function blockSeed(seed: number, scenario: string, { setting, pair, position }: PlannedBlock): number {
  const half = setting.inHalves ? [String(halfOf(position, 2 + setting.furtherArms.length))] : [];
  return deriveSeed(seed, "block", scenario, setting.id, String(pair), ...half);
}

export interface Remaining {
  /** Blocks of whole pair groups. */
  readonly kept: Block[];
  readonly planned: PlannedBlock[];
  /** Blocks of groups that were cut in two. */
  readonly remeasured: number;
}

/**
 * What is left of a plan. A group that was cut in two is measured anew as a whole: its blocks are compared with each other only, because they
 * stood next to each other in time, and those before and after a pause do not.
 */
export function remainingBlocks(plan: readonly PlannedBlock[], blocks: readonly Block[]): Remaining {
  const done = new Set(blocks.map(({ condition, pair, position }) => `${position} ${groupKey(condition, pair)}`));
  const cut = new Set(
    plan.flatMap(({ setting, pair, position }) => {
      const key = groupKey(setting.id, pair);
      return done.has(`${position} ${key}`) ? [] : [key];
    }),
  );
  const kept = blocks.filter(({ condition, pair }) => !cut.has(groupKey(condition, pair)));
  return {
    kept,
    planned: plan.filter(({ setting, pair }) => cut.has(groupKey(setting.id, pair))),
    remeasured: blocks.length - kept.length,
  };
}

function groupKey(condition: string, pair: number): string {
  return `${pair} ${condition}`;
}
