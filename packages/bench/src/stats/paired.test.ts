import { standardDeviation, tTest } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { meanWithError, pairedDifferencePValue, pairedRatio } from "./paired.ts";
import { studentInterval } from "./intervals.ts";

/** Student's (1908) own data, R's `sleep`: extra sleep with two drugs, on ten patients. */
const drug1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const drug2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
const sleep = drug1.map((one, index) => ({ numerator: [one], denominator: [drug2[index] ?? Number.NaN] }));

describe("the paired test", () => {
  it("gives R's t.test(extra ~ group, paired) of Student's own data: p = 0.002833, −2.46 to −0.70", () => {
    expect(pairedDifferencePValue(sleep, 0.5)).toBeCloseTo(0.002833, 6);
    const { mean, standardError } = meanWithError(drug1.map((one, index) => one - (drug2[index] ?? Number.NaN)));
    const { low, high } = studentInterval(mean, standardError, 9);
    expect([low, high]).toEqual([expect.closeTo(-2.4598858, 6), expect.closeTo(-0.7001142, 6)]);
  });

  it("has the t statistic of simple-statistics, on the log", () => {
    const ratios = [1.2, 1.1, 0.95, 1.3, 1.05, 1.22];
    const paired = pairedRatio(
      ratios.map((ratio) => ({ numerator: [ratio * 3], denominator: [3] })),
      0.5,
    );
    const logs = ratios.map(Math.log);
    expect(Math.log(paired?.ratio ?? 0) / (paired?.standardError ?? 0)).toBeCloseTo(
      // simple-statistics divides by the standard deviation of all and not all but one.
      tTest(logs, 0) * Math.sqrt((logs.length - 1) / logs.length),
      9,
    );
    expect(paired?.standardError).toBeCloseTo(standardDeviation(logs) / Math.sqrt(logs.length - 1), 12);
  });

  it("takes each group's own quantile, whatever the size of the groups", () => {
    const groups = [
      { numerator: [2, 4, 6], denominator: [1, 2, 3] },
      { numerator: [20], denominator: [10, 10] },
    ];
    expect(pairedRatio(groups, 0.5)).toMatchObject({ ratio: expect.closeTo(2, 12), interval: { low: expect.closeTo(2, 9) } });
  });

  it("has no ratio when a side is 0, and no uncertainty when nothing varies", () => {
    const zeros = Array.from({ length: 5 }, () => ({ numerator: [3], denominator: [0] }));
    expect(pairedRatio(zeros, 0.5)).toBeNull();
    expect(pairedDifferencePValue(zeros, 0.5)).toBe(0);
    expect(pairedDifferencePValue([{ numerator: [1], denominator: [1] }], 0.5)).toBe(1);
    expect(() => meanWithError([])).toThrow("at least one value");
  });
});
