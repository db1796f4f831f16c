import * as fc from "fast-check";
import { wilcoxonRankSum } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { seededRandom } from "./random.ts";
import { findChange, findSteadyState, midRanks } from "./steady.ts";

const noise = (seed: number, length: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
};
/** Shifted where the test says. */
const shifted = (seed: number, length: number, by: (index: number) => number): number[] =>
  noise(seed, length).map((value, index) => value + by(index));

describe("findSteadyState", () => {
  it("raises false alarms at most at its level when nothing changes, whatever the distribution", () => {
    for (const shape of [(value: number) => value, Math.exp, (value: number) => Math.round(value)]) {
      const cried = Array.from({ length: 150 }, (_, seed) => findSteadyState(noise(seed + 1, 20).map(shape), 1, 0.05)).filter(
        ({ state }) => state !== "steady",
      ).length;
      // 5 % of 150, and three standard deviations.
      expect(cried).toBeLessThanOrEqual(15);
    }
  }, 30_000);

  it("finds a warm-up of the first quarter, where it ends", () => {
    const found = Array.from({ length: 50 }, (_, seed) =>
      findSteadyState(
        shifted(seed + 1, 24, (index) => (index < 6 ? 3 : 0)),
        1,
      ),
    );
    expect(found.filter(({ state }) => state === "warm-up").length).toBeGreaterThan(45);
    expect(found.filter(({ from }) => from === 6).length).toBeGreaterThan(35);
  });

  it("finds no steady state in a drift to the end or after a late step", () => {
    for (const by of [(index: number) => index, (index: number) => (index >= 18 ? 6 : 0)]) {
      const states = Array.from({ length: 20 }, (_, seed) => findSteadyState(shifted(seed + 1, 24, by), 1).state);
      expect(states.filter((state) => state === "never").length).toBeGreaterThan(17);
    }
  });

  it("needs at least 10 observations, and depends only on the seed", () => {
    expect(findSteadyState(noise(1, 9), 1)).toEqual({ state: "too-few", from: 0, pValue: null });
    expect(findSteadyState(noise(1, 10), 1)).toEqual(findSteadyState(noise(1, 10), 1));
    expect(findSteadyState(noise(1, 10), 1).pValue).not.toBeNull();
  });
});

describe("findChange", () => {
  it("has the standardised rank sum of simple-statistics at its split", () => {
    const values = shifted(3, 16, (index) => (index < 5 ? 4 : 0));
    const { at, statistic } = findChange(values, seededRandom(1));
    expect(at).toBe(5);
    const rankSum = wilcoxonRankSum(values.slice(0, at), values.slice(at));
    expect(statistic).toBeCloseTo(Math.abs(rankSum - (5 * 17) / 2) / Math.sqrt((5 * 11 * 17) / 12), 9);
  });

  it("has the exact p-value when it can be counted: the two perfect splits among 252 of ten in the middle", () => {
    const { at, pValue } = findChange(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((value) => (value <= 5 ? 0 : 1)),
      seededRandom(1),
    );
    expect(at).toBe(5);
    // 2/252 = 0.0079, and three standard deviations of 1,999 draws.
    expect(Math.abs(pValue - 2 / 252)).toBeLessThan(0.006);
  });

  it("finds nothing in a constant series", () => {
    expect(
      findChange(
        Array.from({ length: 12 }, () => 7),
        seededRandom(1),
      ),
    ).toEqual({ at: 0, statistic: 0, pValue: 1 });
  });
});

describe("midRanks", () => {
  it("shares ranks among equals, and sums to n(n + 1)/2", () => {
    expect([...midRanks([3, 1, 3, 2])]).toEqual([3.5, 1, 3.5, 2]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 30 }), (values) => {
        expect(midRanks(values).reduce((sum, rank) => sum + rank, 0)).toBeCloseTo((values.length * (values.length + 1)) / 2, 9);
      }),
    );
  });
});
