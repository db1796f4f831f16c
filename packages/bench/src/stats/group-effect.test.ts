import { standardDeviation, tTest } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { differenceInterval, groupEffects, inflated, meanInterval, meanWithError, type PairGroup } from "./group-effect.ts";
import { meanOf, statisticOf } from "./statistic.ts";

/** Student's (1908) own data, R's `sleep`: extra sleep with two drugs, on ten patients. */
const drug1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const drug2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
const sleep = drug1.map((one, index) => ({ numerator: [[one]], denominator: [[drug2[index] ?? Number.NaN]] }));

describe("groupEffects", () => {
  it("gives R's t.test(extra ~ group, paired) of Student's own data: p = 0.002833, −2.46 to −0.70", () => {
    const { difference, logRatio, isConstant } = groupEffects(sleep, 0.5);
    expect(meanInterval(difference)).toMatchObject({
      low: expect.closeTo(-2.4598858, 6),
      high: expect.closeTo(-0.7001142, 6),
      pValue: expect.closeTo(0.002833, 6),
    });
    expect([logRatio, isConstant]).toEqual([null, false]);
  });

  it("has the t statistic of simple-statistics, on the log", () => {
    const ratios = [1.2, 1.1, 0.95, 1.3, 1.05, 1.22];
    const { logRatio } = groupEffects(
      ratios.map((ratio) => ({ numerator: [[ratio * 3]], denominator: [[3]] })),
      0.5,
    );
    const logs = ratios.map(Math.log);
    expect((logRatio?.mean ?? 0) / (logRatio?.standardError ?? 0)).toBeCloseTo(
      // simple-statistics divides by the standard deviation of all and not all but one.
      tTest(logs, 0) * Math.sqrt((logs.length - 1) / logs.length),
      9,
    );
    expect(logRatio?.standardError).toBeCloseTo(standardDeviation(logs) / Math.sqrt(logs.length - 1), 12);
  });

  it("takes one number of each block, whatever the number of its samples, and the mean of a side's blocks", () => {
    const groups: PairGroup[] = [
      { numerator: [[1, 2, 9], [4]], denominator: [[1], [1, 1, 1, 1]] },
      { numerator: [[2], [4, 4]], denominator: [[1, 1], [1]] },
    ];
    expect(groupEffects(groups, 0.5)).toMatchObject({ difference: { mean: 2, standardError: 0, groups: 2 }, isConstant: true });
    expect(groupEffects(groups, 0.5).logRatio?.mean).toBeCloseTo((Math.log(2) + Math.log(4)) / 2, 12);
    expect(groupEffects(groups, "mean").difference.mean).toBe(2.5);
    expect(groupEffects(groups, 1).difference.mean).toBe((5.5 + 2) / 2);
  });

  it("cancels what a group's blocks share, and a drift within A B B A", () => {
    const groups = [1, 7, 30].map((level): PairGroup => {
      const at = (position: number, effect: number): number[] => [level * (1 + position / 10) + effect];
      return { numerator: [at(0, 2), at(3, 2)], denominator: [at(1, 0), at(2, 0)] };
    });
    const { mean, standardError } = groupEffects(groups, 0.5).difference;
    expect(mean).toBeCloseTo(2, 12);
    expect(standardError).toBeLessThan(1e-12);
  });

  it("refuses what holds nothing", () => {
    expect(() => groupEffects([], 0.5)).toThrow("at least one");
    expect(() => groupEffects([{ numerator: [[]], denominator: [[1]] }], "mean")).toThrow("at least one");
  });
});

describe("a mean of groups", () => {
  it("knows nothing of its error from one group, and everything from equal ones", () => {
    expect(meanInterval(meanWithError([2]))).toMatchObject({ low: -Infinity, high: Infinity, pValue: 1 });
    expect(meanInterval(meanWithError([0.1, 0.1, 0.1]))).toMatchObject({ low: 0.1, high: 0.1, pValue: 0 });
  });

  it("has an interval as wide as its inflated error, and a larger p-value", () => {
    const effect = meanWithError([1, 2, 3, 2, 1.5]);
    const [plain, wide] = [meanInterval(effect), meanInterval(inflated(effect, 1.5))];
    expect((wide.high - wide.low) / (plain.high - plain.low)).toBeCloseTo(1.5, 12);
    expect(wide.pValue).toBeGreaterThan(plain.pValue);
  });

  it("gives R's t.test(extra ~ group) of the same data as if it were not paired: p = 0.07939, −3.37 to 0.21", () => {
    const { low, high, pValue } = differenceInterval(meanWithError(drug1), meanWithError(drug2));
    expect([low, high, pValue]).toEqual([expect.closeTo(-3.3654832, 6), expect.closeTo(0.2054832, 6), expect.closeTo(0.07939414, 7)]);
  });
});

describe("statisticOf", () => {
  it("is the quantile of type 7, or the mean", () => {
    expect(statisticOf([4, 1, 2, 10], 0.5)).toBe(3);
    expect(statisticOf([4, 1, 2, 10], 0.9)).toBeCloseTo(8.2, 12);
    expect(statisticOf([4, 1, 2, 10], "mean")).toBe(4.25);
  });

  it("is exactly the value of equal samples, however many there are", () => {
    for (const count of [1, 3, 7, 10]) expect(meanOf(Array.from({ length: count }, () => 0.1))).toBe(0.1);
  });
});
