import { describe, expect, it } from "vitest";
import { comparisonOf, onlyScenario, scenarioOf } from "../../test/fixtures/analysed.ts";
import type { Block } from "../results/schema.ts";
import { analyse, type Analysis } from "./index.ts";

describe("the statistics of a metric whose blocks have one sample each", () => {
  it("are one: its p90 and its mean would be the same figure again", () => {
    const single = analyse(
      onlyScenario("reconnect", (scenario) => ({
        ...scenario,
        blocks: scenario.blocks.map((block) => ({
          ...block,
          samples: Object.fromEntries(Object.entries(block.samples).map(([id, samples]) => [id, samples.slice(0, 1)])),
        })),
      })),
    );
    for (const { comparisons } of scenarioOf(single, "reconnect").conditions)
      expect(comparisons.map(({ metric, statistic }) => [metric, statistic])).toEqual([
        ["backMs", 0.5],
        ["replayed", 0.5],
      ]);
    // Of two settings; what is replayed is constant.
    expect(single.families).toEqual({ headline: 2, other: 0 });
  });
});

describe("a tail that a few blocks make", () => {
  /** A quarter of one block's tokens are far later. With noise, each arm's first block is slower or quicker than its second, in turns. */
  const withTail = (noise: number): Analysis =>
    analyse(
      onlyScenario("token-latency", (scenario) => {
        const late = (block: Block): Block["samples"] => ({
          tokenMs: (block.samples["tokenMs"] ?? []).map((ms, index) => ms * (block.pair === 0 && index % 4 === 0 ? 50 : 1)),
        });
        const blocks = scenario.blocks.map((block) => {
          const times = 1 + noise * (block.position < 2 ? 1 : 0) * (block.pair % 2 === 0 ? 1 : -1);
          return { ...block, samples: { tokenMs: (block.samples["tokenMs"] ?? []).map((ms) => ms * times) } };
        });
        return {
          ...scenario,
          arms: [...scenario.arms, { id: "theirs", label: "theirs", peer: { beside: "sse", notAsked: [] } }],
          blocks: blocks.flatMap((block) => {
            if (block.arm === "ws") return [{ ...block, samples: late(block) }];
            if (block.arm !== "floor") return [block];
            const ours = blocks.find((one) => one.condition === block.condition && one.pair === block.pair && one.arm === "sse") ?? block;
            return [block, { ...block, arm: "theirs", position: 5, samples: late(ours) }];
          }),
        };
      }),
    );
  const [calm, loud] = [withTail(0), withTail(0.4)];
  const verdictsOf = (from: Analysis): unknown => {
    const setting = scenarioOf(from, "token-latency").conditions.find(({ condition }) => condition.id === "rate-50");
    const peer = setting?.peers.comparisons.find(({ statistic }) => statistic === 0.99);
    return [comparisonOf(from, "token-latency", "rate-50", "tokenMs", 0.99).verdict, peer?.verdict];
  };

  it("is found by the interval of the effect, and is compared with nothing", () => {
    expect(calm.control.errorsMultipliedBy).toBe(1);
    const tail = { kind: "not-enough-data", reason: { code: "tail-of-few-blocks" } };
    expect(verdictsOf(calm)).toMatchObject([tail, tail]);
    expect(comparisonOf(calm, "token-latency", "rate-50", "tokenMs", 0.99).controls).toEqual([]);
  });

  it("is not found where the control's inflation leaves it open what the effect is", () => {
    expect(loud.control.errorsMultipliedBy).toBeGreaterThan(3);
    expect(verdictsOf(loud)).toMatchObject([{ kind: "undecided" }, { kind: "undecided" }]);
  });
});
