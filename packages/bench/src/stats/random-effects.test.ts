import { describe, expect, it } from "vitest";
import { binomialQuantile, chiSquaredTail, studentQuantile } from "./distributions.ts";
import { meanInterval, meanWithError } from "./group-effect.ts";
import { combineRuns, predictionInterval, randomEffects } from "./random-effects.ts";
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

describe("randomEffects", () => {
  it("gives what metafor's rma gives of the BCG trials: mean, spread by REML, and Q", () => {
    const together = randomEffects(bcg);
    expect(together.mean).toBeCloseTo(-0.7145, 4);
    expect(together.betweenRuns ** 2).toBeCloseTo(0.3132, 4);
    expect(together.q).toMatchObject({ statistic: expect.closeTo(152.233, 3), degrees: 12 });
    expect(together.q.pValue).toBeLessThan(1e-4);
  });

  it("is Student's interval of the runs' effects, where all have the same error and differ by more", () => {
    const effects = [0.7, 1.9, -0.4, 1.1];
    const { low, high } = meanInterval(randomEffects(effects.map((mean) => ({ mean, standardError: 0.1 }))));
    const student = meanInterval(meanWithError(effects));
    expect([low, high]).toEqual([expect.closeTo(student.low, 9), expect.closeTo(student.high, 9)]);
  });

  it("finds no spread where the runs' own errors explain it, and then is no surer than they allow", () => {
    const runs = [1, 1.01, 0.99].map((mean) => ({ mean, standardError: 0.3 }));
    const together = randomEffects(runs);
    expect(together.betweenRuns).toBe(0);
    expect(together.q.pValue).toBeGreaterThan(0.9);
    expect(together.standardError).toBeCloseTo(0.3 / Math.sqrt(3), 12);
  });

  it("weighs runs alike where they differ far more than their errors say, and less the larger its own error is where not", () => {
    const far = randomEffects([
      { mean: 0, standardError: 0.001 },
      { mean: 1, standardError: 0.002 },
      { mean: 5, standardError: 0.001 },
    ]);
    expect(far.mean).toBeCloseTo(2, 3);
    const near = randomEffects([
      { mean: 0, standardError: 1 },
      { mean: 1, standardError: 2 },
    ]);
    expect(near.mean).toBeCloseTo(0.2, 12);
  });

  it("takes runs without any error for what they are", () => {
    const constant = { mean: 151, standardError: 0 };
    expect(randomEffects([constant, constant])).toMatchObject({
      mean: 151,
      standardError: 0,
      betweenRuns: 0,
      withinRuns: 0,
      q: { statistic: 0, pValue: 1 },
    });
    expect(randomEffects([constant, { ...constant, mean: 153 }])).toMatchObject({ mean: 152, standardError: 1, q: { pValue: 0 } });
  });

  it("refuses one run, and a run that knows nothing of its error", () => {
    expect(() => randomEffects(bcg.slice(0, 1))).toThrow("at least 2 runs, not 1");
    expect(() => randomEffects([{ mean: 1, standardError: Infinity }, bcg[0]!])).toThrow("pair groups enough");
  });
});

describe("combineRuns", () => {
  it("gives no run the weight because its few pair groups agree by chance", () => {
    const runs = [
      [100, 100.1, 100.2],
      [60, 90, 120],
      [70, 90, 110],
    ].map(meanWithError);
    // By each run's own error, the first one's 0.058 beside 17 and 12.
    expect(randomEffects(runs).mean).toBeGreaterThan(99.9);
    const together = combineRuns(runs);
    for (const weight of together.weights) expect(weight).toBeCloseTo(1 / 3, 12);
    expect(together.mean).toBeCloseTo((100.1 + 90 + 90) / 3, 12);
    // The variances of one group are 0.01, 900 and 400, with 2 degrees of freedom each.
    expect(together.withinRuns ** 2).toBeCloseTo(1_300.01 / 3 / 3, 9);
  });

  it("pools variances by their degrees of freedom, and gives a run the error that its number of groups makes of it", () => {
    // The variances of one group are 24 and 3: (2 × 24 + 4 × 3) / 6 = 10.
    const runs = [
      { mean: 0, standardError: Math.sqrt(24 / 3), groups: 3 },
      { mean: 9, standardError: Math.sqrt(3 / 5), groups: 5 },
    ] as const;
    const pooled = randomEffects([
      { mean: 0, standardError: Math.sqrt(10 / 3) },
      { mean: 9, standardError: Math.sqrt(10 / 5) },
    ]);
    expect(combineRuns(runs).withinRuns).toBeCloseTo(pooled.withinRuns, 12);
    expect(combineRuns(runs).mean).toBeCloseTo(pooled.mean, 12);
    // A sum of waits has degrees of its own: (1 × 24 + 4 × 3) / 5 = 7.2.
    expect(combineRuns([{ ...runs[0], degrees: 1 }, runs[1]]).withinRuns ** 2).toBeCloseTo((7.2 / 3 + 7.2 / 5) / 2, 12);
  });

  it("asks by the analysis of variance whether runs differ", () => {
    // The first example of one-way analysis of variance in many courses: F(2, 15) = 9.3, p = 0.002 (sums of squares 84 and 68).
    const runs = [
      [6, 8, 4, 5, 3, 4],
      [8, 12, 9, 11, 6, 8],
      [13, 9, 11, 8, 7, 12],
    ].map(meanWithError);
    const { q } = combineRuns(runs);
    expect(q.statistic / q.degrees).toBeCloseTo(84 / 2 / (68 / 15), 9);
    expect(q.pValue).toBeCloseTo(0.0024, 4);
    // As known errors, they differ more surely than six values each can tell.
    expect(randomEffects(runs).q.pValue).toBeLessThan(q.pValue);
  });

  it("takes constant runs for what they are, and one beside others for a run like them", () => {
    const constant = { mean: 151, standardError: 0, groups: 3 };
    expect(combineRuns([constant, { ...constant, mean: 153 }])).toMatchObject({ mean: 152, standardError: 1, q: { pValue: 0 } });
    expect(combineRuns([constant, { mean: 153, standardError: 1, groups: 3 }]).weights).toEqual([0.5, 0.5]);
    expect(() => combineRuns([constant, { mean: 1, standardError: Infinity, groups: 1 }])).toThrow("pair groups enough");
    expect(() => combineRuns([constant])).toThrow("at least 2 runs, not 1");
  });
});

describe("predictionInterval", () => {
  it("holds another run's figure in 95 % of simulated sets of runs or more, where runs differ and where they do not", () => {
    for (const spread of [0, 0.5, 3]) {
      const random = seededRandom(5);
      const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const measured = (): { mean: number; standardError: number } => ({ mean: spread * normal() + 0.5 * normal(), standardError: 0.5 });
      const held = Array.from({ length: 1_000 }, () => {
        const { low, high } = predictionInterval(randomEffects([measured(), measured(), measured()]));
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
    const { low, high } = predictionInterval(randomEffects(effects.map((one) => ({ mean: one, standardError: 0.1 }))));
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
