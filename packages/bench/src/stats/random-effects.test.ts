import { describe, expect, it } from "vitest";
import { binomialQuantile, chiSquaredTail, studentQuantile } from "./distributions.ts";
import { meanInterval, meanWithError } from "./group-effect.ts";
import { combineRuns, predictionInterval } from "./random-effects.ts";
import { seededRandom } from "./random.ts";

/** Colditz and others (1994), thirteen trials of the BCG vaccine, as in R's metafor (`dat.bcg`): cases and others, vaccinated and not. */
const trials = [
  [4, 119, 11, 128],
  [6, 300, 29, 274],
  [3, 228, 11, 209],
  [62, 13_536, 248, 12_619],
  [33, 5_036, 47, 5_761],
  [180, 1_361, 372, 1_079],
  [8, 2_537, 10, 619],
  [505, 87_886, 499, 87_892],
  [29, 7_470, 45, 7_232],
  [17, 1_699, 65, 1_600],
  [186, 50_448, 141, 27_197],
  [5, 2_493, 3, 2_338],
  [27, 16_886, 29, 17_825],
] as const;
const bcg = trials.map(([a, b, c, d]) => ({
  mean: Math.log(a / (a + b) / (c / (c + d))),
  standardError: Math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)),
}));

describe("combineRuns", () => {
  it("gives what metafor's rma gives of the BCG trials: mean, spread by REML, and Q", () => {
    const together = combineRuns(bcg);
    expect(together.mean).toBeCloseTo(-0.7145, 4);
    expect(together.betweenRuns ** 2).toBeCloseTo(0.3132, 4);
    expect(together.q).toMatchObject({ statistic: expect.closeTo(152.233, 3), degrees: 12 });
    expect(together.q.pValue).toBeLessThan(1e-4);
  });

  it("is Student's interval of the runs' effects, where all have the same error and differ by more", () => {
    const effects = [0.7, 1.9, -0.4, 1.1];
    const { low, high } = meanInterval(combineRuns(effects.map((mean) => ({ mean, standardError: 0.1 }))));
    const student = meanInterval(meanWithError(effects));
    expect([low, high]).toEqual([expect.closeTo(student.low, 9), expect.closeTo(student.high, 9)]);
  });

  it("finds no spread where the runs' own errors explain it, and then is no surer than they allow", () => {
    const runs = [1, 1.01, 0.99].map((mean) => ({ mean, standardError: 0.3 }));
    const together = combineRuns(runs);
    expect(together.betweenRuns).toBe(0);
    expect(together.q.pValue).toBeGreaterThan(0.9);
    expect(together.standardError).toBeCloseTo(0.3 / Math.sqrt(3), 12);
  });

  it("weighs runs alike where they differ far more than their errors say, and less the larger its own error is where not", () => {
    const far = combineRuns([
      { mean: 0, standardError: 0.001 },
      { mean: 1, standardError: 0.002 },
      { mean: 5, standardError: 0.001 },
    ]);
    expect(far.mean).toBeCloseTo(2, 3);
    const near = combineRuns([
      { mean: 0, standardError: 1 },
      { mean: 1, standardError: 2 },
    ]);
    expect(near.mean).toBeCloseTo(0.2, 12);
  });

  it("takes runs without any error for what they are", () => {
    const constant = { mean: 151, standardError: 0 };
    expect(combineRuns([constant, constant])).toMatchObject({
      mean: 151,
      standardError: 0,
      betweenRuns: 0,
      q: { statistic: 0, pValue: 1 },
    });
    expect(combineRuns([constant, { ...constant, mean: 153 }])).toMatchObject({ mean: 152, standardError: 1, q: { pValue: 0 } });
  });

  it("refuses one run, and a run that knows nothing of its error", () => {
    expect(() => combineRuns(bcg.slice(0, 1))).toThrow("at least 2 runs, not 1");
    expect(() => combineRuns([{ mean: 1, standardError: Infinity }, bcg[0]!])).toThrow("pair groups enough");
  });
});

describe("predictionInterval", () => {
  it("holds another run's figure in 95 % of simulated sets of runs or more, where runs differ and where they do not", () => {
    for (const spread of [0, 0.5, 3]) {
      const random = seededRandom(5);
      const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const measured = (): { mean: number; standardError: number } => ({ mean: spread * normal() + 0.5 * normal(), standardError: 0.5 });
      const held = Array.from({ length: 1_000 }, () => {
        const { low, high } = predictionInterval(combineRuns([measured(), measured(), measured()]));
        const { mean } = measured();
        return low <= mean && mean <= high;
      });
      // 95 %, and what 1,000 can be below it once in a thousand times.
      expect(held.filter((one) => !one).length).toBeLessThanOrEqual(binomialQuantile(0.999, 1_000, 0.05));
    }
  });

  it("is t · s · √(1 + 1/k), where all runs have the same error and differ by more", () => {
    const effects = [0.7, 1.9, -0.4, 1.1];
    const { mean, standardError } = meanWithError(effects);
    const { low, high } = predictionInterval(combineRuns(effects.map((one) => ({ mean: one, standardError: 0.1 }))));
    const reach = studentQuantile(0.975, 3) * standardError * Math.sqrt(4) * Math.sqrt(1 + 1 / 4);
    expect([low, high]).toEqual([expect.closeTo(mean - reach, 9), expect.closeTo(mean + reach, 9)]);
  });
});

describe("chiSquaredTail", () => {
  it("has the percentiles of published tables", () => {
    for (const [x, degrees] of [
      [3.841, 1],
      [5.991, 2],
      [7.815, 3],
      [16.919, 9],
      [18.307, 10],
    ] as const)
      expect(chiSquaredTail(x, degrees)).toBeCloseTo(0.05, 4);
    expect(chiSquaredTail(0, 4)).toBe(1);
    expect(() => chiSquaredTail(1, 0)).toThrow("above 0");
  });
});
