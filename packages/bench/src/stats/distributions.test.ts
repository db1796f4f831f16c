import { cumulativeStdNormalProbability, probit } from "simple-statistics";
import { describe, expect, it } from "vitest";
import {
  binomialCdf,
  binomialQuantile,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
  studentTwoSided,
  varianceRatioTail,
} from "./distributions.ts";

describe("the normal distribution", () => {
  it("agrees with simple-statistics to its precision", () => {
    for (const x of [-3.1, -1.96, -0.5, 0, 0.25, 1, 2.33]) expect(normalCdf(x)).toBeCloseTo(cumulativeStdNormalProbability(x), 3);
    for (const p of [0.01, 0.3, 0.5, 0.9, 0.975]) expect(normalQuantile(p)).toBeCloseTo(probit(p), 2);
  });

  it("has the percentiles of R's qnorm and pnorm", () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.0009)).toBeCloseTo(-3.121389, 5);
    expect(normalCdf(-3)).toBeCloseTo(0.001349898031630095, 14);
  });

  it("refuses an invalid probability", () => {
    for (const p of [0, 1, Number.NaN]) expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});

describe("Student's distribution", () => {
  it("has the percentiles of published tables", () => {
    const table = [
      [0.975, 1, 12.706],
      [0.975, 4, 2.776],
      [0.975, 9, 2.262],
      [0.995, 5, 4.032],
      [0.95, 24, 1.711],
      [0.8, 33, 0.853],
      [0.9995, 10, 4.587],
    ] as const;
    for (const [p, degrees, expected] of table) expect(studentQuantile(p, degrees)).toBeCloseTo(expected, 3);
  });

  it("is Cauchy's with 1 degree of freedom, and (1 + t/√(2 + t²))/2 with 2", () => {
    for (const t of [-30, -1, -0.1, 0, 0.4, 2, 100]) {
      expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 12);
      expect(studentCdf(t, 2)).toBeCloseTo((1 + t / Math.sqrt(2 + t * t)) / 2, 12);
    }
  });

  it("keeps its digits far out: 2 · 10⁻²⁴ at t = 10³ with 8 degrees of freedom", () => {
    // P(T < −t) → Γ(9/2)/(Γ(4)√(8π)) · 8^{9/2}/8 · t⁻⁸ for large t.
    const gamma92 = (105 / 16) * Math.sqrt(Math.PI);
    const expected = 2 * (gamma92 / (6 * Math.sqrt(8 * Math.PI))) * (8 ** 4.5 / 8) * 1e-24;
    expect(studentTwoSided(1e3, 8) / expected).toBeCloseTo(1, 3);
    expect(studentTwoSided(0, 8)).toBe(1);
  });

  it("refuses zero degrees of freedom", () => {
    expect(() => studentCdf(1, 0)).toThrow("above 0");
  });
});

describe("F, the distribution of a ratio of variances", () => {
  it("has the percentiles of published tables", () => {
    for (const [x, above, below] of [
      [6.944, 2, 4],
      [4.066, 3, 8],
      [3.478, 4, 10],
      [2.866, 4, 20],
    ] as const)
      expect(varianceRatioTail(x, above, below)).toBeCloseTo(0.05, 4);
    expect(varianceRatioTail(0, 3, 8)).toBe(1);
    expect(() => varianceRatioTail(1, 0, 8)).toThrow("above 0");
  });

  it("is the square of Student's with one degree of freedom above", () => {
    for (const t of [0.3, 1, 4]) expect(varianceRatioTail(t * t, 1, 5.5)).toBeCloseTo(studentTwoSided(t, 5.5), 12);
  });
});

describe("the binomial distribution", () => {
  /** By its definition. */
  const summed = (hits: number, trials: number, p: number): number => {
    let term = (1 - p) ** trials;
    let sum = term;
    for (let k = 1; k <= hits; k++) sum += term *= (((trials - k + 1) / k) * p) / (1 - p);
    return sum;
  };

  it("is the sum of its terms", () => {
    for (const [hits, trials, p] of [
      [0, 5, 0.3],
      [3, 10, 0.5],
      [60, 1_000, 0.05],
    ] as const)
      expect(binomialCdf(hits, trials, p)).toBeCloseTo(summed(hits, trials, p), 10);
    expect(binomialCdf(-1, 5, 0.5)).toBe(0);
    expect(binomialCdf(5, 5, 0.5)).toBe(1);
  });

  it("has as quantile the first count whose probability reaches the level", () => {
    const quantile = binomialQuantile(0.999, 96, 0.05);
    expect(summed(quantile, 96, 0.05)).toBeGreaterThanOrEqual(0.999);
    expect(summed(quantile - 1, 96, 0.05)).toBeLessThan(0.999);
    expect(binomialQuantile(0.999, 0, 0.05)).toBe(0);
  });
});
