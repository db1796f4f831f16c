import { describe, expect, it } from "vitest";
import { blockSeed, planScenario, remainingBlocks } from "./plan-scenario.ts";
import type { Block } from "../results/schema.ts";
import type { PlannedBlock } from "./schedule.ts";
import { scenarios } from "../scenarios/index.ts";

const uplink = scenarios.find(({ name }) => name === "uplink")!;
const options = { depth: "quick", seed: 3, isRemote: false } as const;
const plan = planScenario(uplink, options);

function blockOf({ setting, arm, pair, position }: PlannedBlock): Block {
  return {
    condition: setting.id,
    arm,
    pair,
    position,
    startedAtMs: 0,
    durationMs: 1,
    samples: {},
    values: {},
    integrity: null,
    contamination: { eventLoopDelayP99Ms: 0, stealShare: 0, marks: [] },
  };
}

const keyOf = (block: PlannedBlock | Block): string =>
  `${"setting" in block ? block.setting.id : block.condition} ${block.arm} ${block.pair} ${block.position}`;

describe("a plan", () => {
  it("depends only on the seed and the scenario", () => {
    expect(planScenario(uplink, options)).toEqual(plan);
    expect(planScenario(uplink, { ...options, seed: 4 })).not.toEqual(plan);
  });

  it("lets all blocks of a group draw the same, and those of other groups something else", () => {
    const groups = Map.groupBy(plan, ({ setting, pair }) => `${setting.id} ${pair}`);
    const seeds = [...groups.values()].map((blocks) => new Set(blocks.map((block) => blockSeed(3, "uplink", block))));
    expect(seeds.filter(({ size }) => size !== 1)).toEqual([]);
    expect(new Set(seeds.flatMap((one) => [...one])).size).toBe(groups.size);
  });

  it("has no floor, no proxy arm and no proxy setting at a deployment", () => {
    expect(new Set(planScenario(uplink, { ...options, isRemote: true }).map(({ arm }) => arm))).toEqual(new Set(["sse", "ws"]));
    const reconnect = scenarios.find(({ name }) => name === "reconnect")!;
    expect(planScenario(reconnect, { ...options, isRemote: true })).toEqual([]);
  });

  it("resumes after any interruption with every planned block exactly once, and no group in two halves", () => {
    for (let cut = 0; cut <= plan.length; cut++) {
      const { kept, planned, remeasured } = remainingBlocks(plan, plan.slice(0, cut).map(blockOf));
      expect([...kept.map(keyOf), ...planned.map(keyOf)].toSorted()).toEqual(plan.map(keyOf).toSorted());
      expect(kept.length + remeasured).toBe(cut);
      const groups = new Set(kept.map(({ condition, pair }) => `${condition} ${pair}`));
      expect(planned.filter(({ setting, pair }) => groups.has(`${setting.id} ${pair}`))).toEqual([]);
    }
    expect(remainingBlocks(plan, plan.map(blockOf)).planned).toEqual([]);
  });

  it("counts a block that failed as measured", () => {
    const failed = plan.map((block) => ({ ...blockOf(block), error: "The server closed." }));
    expect(remainingBlocks(plan, failed)).toMatchObject({ planned: [], remeasured: 0 });
  });
});
