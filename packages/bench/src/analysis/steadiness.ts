import type { Block, ScenarioResult } from "../results/schema.ts";
import { deriveSeed, findSteadyState, quantile } from "../stats/index.ts";
import type { SteadinessAnalysis } from "./facts/index.ts";

/** One pair group: where it stands in time, and how far its blocks are from what is usual for their arm and condition. */
interface TimedGroup {
  readonly condition: string;
  readonly pair: number;
  readonly startedAtMs: number;
  readonly deviation: number;
}

export interface ScenarioSteadiness {
  readonly analysis: SteadinessAnalysis;
  /** Pair groups from before the steady state, by condition. */
  readonly before: ReadonlyMap<string, ReadonlySet<number>>;
}

/**
 * Warm-up, by the scenario's first metric. What warms up (compilers, pools, the Worker's isolate, the machine) is shared by all conditions,
 * whose groups take turns; so one series holds all of them. Its observation is the pair group, whose blocks lie next to one another and share
 * the moment's noise: the mean, over all its blocks, of the log of the block's median against the median of all blocks of that arm and
 * condition.
 */
export function findSteadiness(scenario: ScenarioResult, seed: number): ScenarioSteadiness {
  const groups = timedGroups(scenario);
  const { state, from, pValue } = findSteadyState(
    groups.map(({ deviation }) => deviation),
    deriveSeed(seed, scenario.name, "steadiness"),
  );
  const early = groups.slice(0, from);
  const before = new Map<string, Set<number>>();
  // Where no steady state came there is nothing to compare with.
  if (state === "warm-up") for (const { condition, pair } of early) before.set(condition, (before.get(condition) ?? new Set()).add(pair));
  const warmUpBlocks = scenario.warmUp?.length ?? 0;
  return { analysis: { state, pValue, groups: groups.length, groupsBefore: early.length, warmUpBlocks }, before };
}

function timedGroups(scenario: ScenarioResult): TimedGroup[] {
  const metric = scenario.metrics[0]?.id;
  if (metric === undefined) return [];
  const peers = new Set(scenario.arms.flatMap(({ id, peer }) => (peer === undefined ? [] : [id])));
  const medians = scenario.blocks.flatMap((block) => {
    // What is steady is ours: a peer's block says nothing of it.
    if (peers.has(block.arm)) return [];
    const samples = block.error === undefined ? (block.samples[metric] ?? []) : [];
    return samples.length === 0 ? [] : [{ block, median: quantile(samples, 0.5) }];
  });
  // A metric that can be 0 or less has no log; its differences are as good to rank.
  const scale = medians.every(({ median }) => median > 0) ? Math.log : Number;
  const usual = new Map<string, number[]>();
  for (const { block, median } of medians) usual.set(cellOf(block), [...(usual.get(cellOf(block)) ?? []), scale(median)]);
  const groups = new Map<string, { block: Block; deviations: number[] }>();
  for (const { block, median } of medians) {
    const deviation = scale(median) - quantile(usual.get(cellOf(block)) ?? [], 0.5);
    const key = JSON.stringify([block.condition, block.pair]);
    const group = groups.get(key) ?? { block, deviations: [] };
    group.deviations.push(deviation);
    groups.set(key, block.startedAtMs < group.block.startedAtMs ? { ...group, block } : group);
  }
  return [...groups.values()]
    .map(({ block: { condition, pair, startedAtMs }, deviations }) => ({
      condition,
      pair,
      startedAtMs,
      deviation: deviations.reduce((sum, one) => sum + one, 0) / deviations.length,
    }))
    .sort((left, right) => left.startedAtMs - right.startedAtMs);
}

function cellOf({ condition, arm }: Block): string {
  return JSON.stringify([condition, arm]);
}
