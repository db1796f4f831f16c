import { describe, expect, it } from "vitest";
import {
  bcaInterval,
  bootstrapError,
  bootstrapStudentInterval,
  expandedInterval,
  jackknifeError,
  percentileInterval,
  studentInterval,
  welchDegrees,
} from "./intervals.ts";
import { normalQuantile, studentQuantile } from "./distributions.ts";

/** Replicates that are normal as nearly as so many can be. */
const normalReplicates = Array.from({ length: 20_000 }, (_, index) => normalQuantile((index + 0.5) / 20_000));

describe("studentInterval", () => {
  it("matches the textbook, with the p-value as the level at which its end is 0", () => {
    expect(studentInterval(10, 2, 9)).toMatchObject({ low: expect.closeTo(10 - 2.262157 * 2, 5), high: expect.closeTo(14.524314, 5) });
    const { pValue } = studentInterval(1, 0.5, 7);
    expect(studentInterval(1, 0.5, 7, 1 - pValue).low).toBeCloseTo(0, 9);
  });

  it("has no ends without degrees of freedom, and no width without an error", () => {
    expect(studentInterval(1, 1, 0)).toMatchObject({ low: -Infinity, high: Infinity, pValue: 1 });
    expect(studentInterval(1, 0, 4)).toMatchObject({ low: 1, high: 1, pValue: 0 });
    expect(studentInterval(0, 0, 4).pValue).toBe(1);
  });
});

describe("expandedInterval", () => {
  it("is Student's with the unbiased error when the replicates are normal", () => {
    for (const groups of [5, 10, 25]) {
      const { low, high } = expandedInterval({ replicates: normalReplicates, groups });
      const reach = studentQuantile(0.975, groups - 1) * Math.sqrt(groups / (groups - 1));
      expect(high / reach).toBeCloseTo(1, 1);
      expect(low).toBeCloseTo(-high, 9);
      expect(bootstrapStudentInterval({ estimate: 0, replicates: normalReplicates, groups }).high / reach).toBeCloseTo(1, 3);
    }
  });

  it("has Hesterberg's (2015) tails: 0.0010 at 5 groups, 0.0086 at 10", () => {
    // Uniform replicates show the level at which they were cut.
    const uniform = Array.from({ length: 100_001 }, (_, index) => index / 100_000);
    expect(expandedInterval({ replicates: uniform, groups: 5 }).low).toBeCloseTo(0.001, 4);
    expect(expandedInterval({ replicates: uniform, groups: 10 }).low).toBeCloseTo(0.0086, 3);
    expect(expandedInterval({ replicates: uniform, groups: 100_000 }).low).toBeCloseTo(0.025, 4);
  });

  it("tolerates infinite replicates, and has no ends for one group", () => {
    expect(expandedInterval({ replicates: [1, 2, Infinity, Infinity], groups: 4 }).high).toBe(Infinity);
    expect(expandedInterval({ replicates: [1, 1], groups: 1 })).toEqual({ low: -Infinity, high: Infinity });
  });
});

describe("the other intervals", () => {
  it("percentile cuts 2.5 % at each end", () => {
    const { low, high } = percentileInterval({ replicates: normalReplicates });
    expect([low, high]).toEqual([expect.closeTo(-1.96, 2), expect.closeTo(1.96, 2)]);
  });

  it("BCa is percentile without bias and skew, and moves against a bias", () => {
    const plain = bcaInterval({ estimate: 0, replicates: normalReplicates, groups: 5 }, [1, 2, 3]);
    expect([plain.low, plain.high]).toEqual([expect.closeTo(-1.96, 2), expect.closeTo(1.96, 2)]);
    // Replicates that lie 0.1 too low: twice as much is given back.
    const biased = bcaInterval({ estimate: 0.1, replicates: normalReplicates, groups: 5 }, [1, 2, 3]);
    expect([biased.low, biased.high]).toEqual([expect.closeTo(-1.76, 2), expect.closeTo(2.16, 2)]);
  });

  it("the jackknife's error of a mean is the textbook's", () => {
    const values = [3, 5, 9, 4];
    const leftOut = values.map((value) => (21 - value) / 3);
    expect(jackknifeError(leftOut)).toBeCloseTo(Math.sqrt((2.25 ** 2 + 0.25 ** 2 + 3.75 ** 2 + 1.25 ** 2) / 3 / 4), 12);
    expect(jackknifeError([1, 2], [2, 1])).toBeCloseTo(jackknifeError([1, 1, 2]), 12);
  });

  it("the bootstrap's error is repaired for few groups, and exactly 0 for equals", () => {
    expect(bootstrapError([-1, 1], 5)).toBeCloseTo(Math.sqrt(5 / 4), 12);
    expect(bootstrapError([0.1 + 0.2, 0.1 + 0.2, 0.1 + 0.2], 5)).toBe(0);
    expect(bootstrapError([1], 1)).toBe(Infinity);
  });

  it("Welch's degrees of freedom are those of equal sides, and of the only one that varies", () => {
    expect(welchDegrees([1, 1], [10, 10])).toBeCloseTo(18, 12);
    expect(welchDegrees([1, 0], [10, 4])).toBeCloseTo(9, 12);
    expect(welchDegrees([0, 0], [10, 4])).toBe(3);
  });
});
