import { describe, expect, it } from "vitest";
import { inflationBound, inflationOf, quantilePairs } from "./inflation.ts";
import { seededRandom } from "./random.ts";

const uniform = (count: number, seed: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => 1 - random());
};

describe("inflationOf", () => {
  it("is 1 for evenly spread p-values, and the square of what errors are too small by", () => {
    const even = Array.from({ length: 999 }, (_, rank) => (rank + 0.5) / 999);
    expect(inflationOf(even)).toBeCloseTo(1, 2);
    // χ² = 4 · 0.455 has p = 0.1773.
    expect(inflationOf([0.9, 0.1773, 0.01])).toBeCloseTo(4, 1);
  });

  it("takes p-values of 0 and 1, and is 1 of none", () => {
    expect(inflationOf([0, 0, 0])).toBeGreaterThan(100);
    expect(inflationOf([1, 1, 1])).toBeCloseTo(0, 12);
    expect(inflationOf([])).toBe(1);
  });
});

describe("inflationBound", () => {
  it("is exceeded by chance once in 20 times", () => {
    for (const count of [1, 24, 151]) {
      const bound = inflationBound(count, 0.95);
      const exceeded = Array.from({ length: 2_000 }, (_, seed) => inflationOf(uniform(count, 1 + seed))).filter(
        (one) => one > bound,
      ).length;
      // 2,000 draws of 5 %: 3.5 standard deviations are 34.
      expect(Math.abs(exceeded - 100)).toBeLessThan(35);
    }
  });

  it("is χ²'s own quantile for one p-value, and nearer to 1 the more there are", () => {
    expect(inflationBound(1, 0.95)).toBeCloseTo(3.841_459 / 0.454_936, 4);
    expect(inflationBound(400, 0.95)).toBeLessThan(inflationBound(100, 0.95));
    expect(inflationBound(400, 0.95)).toBeGreaterThan(1);
  });
});

describe("quantilePairs", () => {
  it("sets each p-value beside the middle of its rank", () => {
    expect(quantilePairs([0.6, 0.1])).toEqual([
      { expected: 0.25, observed: 0.1 },
      { expected: 0.75, observed: 0.6 },
    ]);
  });
});
