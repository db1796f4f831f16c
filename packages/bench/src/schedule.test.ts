import { describe, expect, it } from "vitest";
import { scenarios } from "./scenarios/index.ts";
import { batches, schedule } from "./schedule.ts";
import { seededRandom } from "./stats/random.ts";

const uplink = scenarios.find(({ name }) => name === "uplink")!;

describe("the order of the blocks", () => {
  const plan = schedule(uplink, 20, seededRandom(1));

  it("runs every pair group as A B B A, next to each other, with the further arms behind", () => {
    for (const condition of uplink.conditions) {
      for (let pair = 0; pair < 20; pair++) {
        const first = plan.findIndex((block) => block.condition === condition && block.pair === pair);
        const [a, b, c, d] = plan.slice(first, first + 4);
        expect([a, b, c, d].every((block) => block?.condition === condition && block.pair === pair)).toBe(true);
        expect([a?.position, b?.position, c?.position, d?.position]).toEqual([0, 1, 2, 3]);
        expect(a?.arm).toBe(d?.arm);
        expect(b?.arm).toBe(c?.arm);
        expect(new Set([a?.arm, b?.arm])).toEqual(new Set(["sse", "ws"]));
      }
    }
  });

  it("lets either transport begin, by the seed", () => {
    const beginners = plan.filter(({ position }) => position === 0).map(({ arm }) => arm);
    expect(beginners.filter((arm) => arm === "sse").length).toBeGreaterThan(5);
    expect(beginners.filter((arm) => arm === "ws").length).toBeGreaterThan(5);
    expect(schedule(uplink, 20, seededRandom(1))).toEqual(plan);
    expect(schedule(uplink, 20, seededRandom(2))).not.toEqual(plan);
  });

  it("keeps whole groups together where blocks are run at once, and leaves none out", () => {
    for (const scenario of scenarios.filter(({ blocksAtOnce }) => blocksAtOnce !== undefined)) {
      const whole = schedule(scenario, 25, seededRandom(1));
      const parts = batches(whole, scenario.blocksAtOnce!);
      expect(parts.flat()).toEqual(whole);
      for (const part of parts) expect([part[0]?.position, part.at(-1)?.position]).toEqual([0, 3]);
    }
    expect(batches(plan, 1)).toEqual(plan.map((block) => [block]));
  });
});
