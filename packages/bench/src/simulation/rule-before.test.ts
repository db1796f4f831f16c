import { describe, expect, it } from "vitest";
import { normalQuantile } from "../stats/distributions.ts";
import { seededRandom, studentQuantile } from "../stats/index.ts";
import { coinControl, compareQuantile, expandedInterval, judgeBefore, pooled } from "./rule-before.ts";

const same = Array.from({ length: 5 }, () => ({ numerator: [3, 1, 2], denominator: [4, 4, 4] }));

describe("the bootstrap of the rule before", () => {
  it("gives the exact ratio, and an interval of zero width, for identical groups", () => {
    expect(compareQuantile(same, 0.5, { random: seededRandom(1), resamples: 100 })).toEqual({
      ratio: 0.5,
      interval: { low: 0.5, high: 0.5 },
      pValue: 0,
    });
  });

  it("pools the blocks of a side", () => {
    expect(pooled([{ numerator: [[1, 2], [3]], denominator: [[4], [5]] }])).toEqual([{ numerator: [1, 2, 3], denominator: [4, 5] }]);
  });

  it("refuses no groups, an empty side and an invalid number of resamples", () => {
    const random = seededRandom(1);
    expect(() => compareQuantile([], 0.5, { random, resamples: 9 })).toThrow("at least one group");
    expect(() => compareQuantile([{ numerator: [1], denominator: [] }], 0.5, { random, resamples: 9 })).toThrow("both sides");
    expect(() => compareQuantile([{ numerator: [1], denominator: [1] }], 0.5, { random, resamples: 0.5 })).toThrow("not 0.5");
  });
});

describe("its expanded percentile interval", () => {
  const normalReplicates = Array.from({ length: 20_000 }, (_, index) => normalQuantile((index + 0.5) / 20_000));

  it("is Student's with the unbiased error when the replicates are normal", () => {
    for (const groups of [5, 10, 25]) {
      const { low, high } = expandedInterval(normalReplicates, groups);
      expect(high / (studentQuantile(0.975, groups - 1) * Math.sqrt(groups / (groups - 1)))).toBeCloseTo(1, 1);
      expect(low).toBeCloseTo(-high, 9);
    }
  });

  it("has Hesterberg's (2015) tails: 0.0010 at 5 groups, 0.0086 at 10", () => {
    // Uniform replicates show the level at which they were cut.
    const uniform = Array.from({ length: 100_001 }, (_, index) => index / 100_000);
    expect(expandedInterval(uniform, 5).low).toBeCloseTo(0.001, 4);
    expect(expandedInterval(uniform, 10).low).toBeCloseTo(0.0086, 3);
    expect(expandedInterval(uniform, 100_000).low).toBeCloseTo(0.025, 4);
    expect(expandedInterval([1, 1], 1)).toEqual({ low: -Infinity, high: Infinity });
  });
});

describe("the verdict of the rule before", () => {
  const effect = { ratio: 0.8, interval: { low: 0.75, high: 0.85 }, pValue: 0.001 };
  const control = (low: number, high: number): typeof effect => ({ ratio: 1, interval: { low, high }, pValue: 1 });
  const calm = control(0.95, 1.05);

  it("names the lower side, where no clause is broken", () => {
    expect(judgeBefore(effect, [calm, calm], 0.05)).toBe("numerator");
    expect(judgeBefore({ ...effect, ratio: 1.2, interval: { low: 1.1, high: 1.3 } }, [calm, calm], 0.05)).toBe("denominator");
    expect(judgeBefore({ ...effect, interval: { low: 0.75, high: 1 } }, [calm, calm], 0.05)).toBeNull();
    expect(judgeBefore(effect, [calm, calm], 0.051)).toBeNull();
    expect(judgeBefore(effect, [calm, control(0.7, 1.3)], 0.05)).toBeNull();
  });

  it("depended on a coin: which seeds call one effect different is a lottery", () => {
    const pairs = [0.9, 1.25, 1.1, 0.8, 1.05].map((ratio, pair) => ({ pair, first: [ratio], second: [1] }));
    const said = Array.from({ length: 20 }, (_, seed) => {
      const random = seededRandom(seed);
      return judgeBefore(effect, [compareQuantile(coinControl(pairs, random), 0.5, { random, resamples: 200 })], 0.01);
    });
    expect(new Set(said)).toEqual(new Set(["numerator", null]));
  });
});
