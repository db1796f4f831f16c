import type { Block, ScenarioResult } from "../results/schema.ts";
import type { ControlPair, PairGroup } from "../stats/index.ts";
import type { ComparedArm } from "./facts/index.ts";

/** METHOD.md: four blocks make a pair group, so two of each arm. */
const BLOCKS_PER_ARM = 2;

/** The samples of one metric in one complete pair group: each arm's blocks, in the order in which they ran. */
export interface SampledGroup extends Readonly<Record<ComparedArm, readonly (readonly number[])[]>> {
  readonly pair: number;
}

export interface GroupedSamples {
  readonly complete: readonly SampledGroup[];
  readonly leftOut: number;
}

/** Failed blocks keep their samples and are not compared. */
export function usableBlocks(scenario: ScenarioResult, condition: string, arm: string, metric: string): Block[] {
  return scenario.blocks.filter(
    (block) => block.condition === condition && block.arm === arm && block.error === undefined && (block.samples[metric]?.length ?? 0) > 0,
  );
}

/**
 * The pair groups of a condition. A group is compared when both blocks of both arms are usable: half a group would no longer be A B B A, and
 * a drift would fall on one arm.
 *
 * @param leaveOut pair groups that are not looked at, and not counted as left out.
 */
export function groupSamples(
  scenario: ScenarioResult,
  condition: string,
  metric: string,
  leaveOut: ReadonlySet<number> = new Set(),
): GroupedSamples {
  const pairs = new Set(
    scenario.blocks
      .filter((block) => block.condition === condition && isCompared(block.arm) && !leaveOut.has(block.pair))
      .map((block) => block.pair),
  );
  const complete: SampledGroup[] = [];
  for (const pair of [...pairs].sort((left, right) => left - right)) {
    const samplesOf = (arm: ComparedArm): number[][] =>
      usableBlocks(scenario, condition, arm, metric)
        .filter((block) => block.pair === pair)
        .sort((left, right) => left.position - right.position)
        .map((block) => block.samples[metric] ?? []);
    const group = { pair, sse: samplesOf("sse"), ws: samplesOf("ws") };
    if (group.sse.length === BLOCKS_PER_ARM && group.ws.length === BLOCKS_PER_ARM) complete.push(group);
  }
  return { complete, leftOut: pairs.size - complete.length };
}

/** One arm's blocks, by pair group; of usable blocks only, whole groups or not. */
export function blocksByPair(
  scenario: ScenarioResult,
  condition: string,
  arm: string,
  metric: string,
): ReadonlyMap<number, readonly (readonly number[])[]> {
  const byPair = Map.groupBy(usableBlocks(scenario, condition, arm, metric), ({ pair }) => pair);
  return new Map([...byPair].map(([pair, blocks]) => [pair, blocks.map(({ samples }) => samples[metric] ?? [])]));
}

export function effectGroups(groups: readonly SampledGroup[]): PairGroup[] {
  return groups.map((group) => ({ numerator: group.ws, denominator: group.sse }));
}

export function controlPairs(groups: readonly SampledGroup[], arm: ComparedArm): ControlPair[] {
  return groups.map((group) => ({ pair: group.pair, first: group[arm][0] ?? [], second: group[arm][1] ?? [] }));
}

export function isCompared(arm: string): arm is ComparedArm {
  return arm === "sse" || arm === "ws";
}
