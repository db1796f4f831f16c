import { describe, expect, it } from "vitest";
import { correlationOf, levelDifferenceInterval, logRatioTest, meanPair, pooledSpread, ratioDeviation, type LogPair } from "./log-pairs.ts";
import { seededRandom } from "./random.ts";

const pair = (first: number, second: number): LogPair => ({ first, second });
const spread = { firstVariance: 0.09, secondVariance: 0.16, covariance: 0.06, degrees: 4 };
const errors = { pairs: 2, errorsMultipliedBy: 1 };

describe("pooledSpread", () => {
  it("is of the deviations from each group's own mean, with a degree of freedom less for each group", () => {
    const pooled = pooledSpread([[pair(0, 10), pair(2, 14)], [pair(100, 5), pair(104, 3), pair(102, 4)], [pair(7, 7)], []]);
    // Of the first: 1, 2 and −1, −2. Of the second: −2, 1 and 2, −1 and 0, 0.
    expect(pooled).toEqual({ firstVariance: 10 / 3, secondVariance: 10 / 3, covariance: 0, degrees: 3 });
  });

  it("is not known where no group has two", () => {
    expect(pooledSpread([[pair(1, 2)], []])).toBeNull();
  });

  it("gives the ratio's deviation and the correlation, also where nothing varies", () => {
    expect(ratioDeviation(spread)).toBeCloseTo(Math.sqrt(0.13), 12);
    expect(correlationOf(spread)).toBeCloseTo(0.5, 12);
    const still = pooledSpread([[pair(1, 2), pair(1, 2)]])!;
    expect([ratioDeviation(still), correlationOf(still)]).toEqual([0, 0]);
  });
});

describe("levelDifferenceInterval", () => {
  it("is Student's where spreads are small beside the levels: t(0.975; 4) = 2.776", () => {
    const mean = pair(Math.log(100), Math.log(150));
    const small = { firstVariance: 1e-8, secondVariance: 4e-8, covariance: 1e-8, degrees: 4 };
    const { low, high } = levelDifferenceInterval(mean, small, { ...errors, level: 0.95 });
    const error = Math.sqrt((100 ** 2 * 1e-8 + 150 ** 2 * 4e-8 - 2 * 100 * 150 * 1e-8) / 2);
    expect((high - 50) / error).toBeCloseTo(2.776, 2);
    expect((50 - low) / error).toBeCloseTo(2.776, 2);
  });

  it("is that of the level alone where the two vary as one", () => {
    const together = { firstVariance: 0.04, secondVariance: 0.04, covariance: 0.04, degrees: 8 };
    const { low, high } = levelDifferenceInterval(pair(0, Math.log(3)), together, { ...errors, level: 0.95 });
    // t(0.975; 8) = 2.306, and the difference of 2 is multiplied as both are.
    expect(Math.log(high / 2)).toBeCloseTo((2.306 * 0.2) / Math.SQRT2, 3);
    expect(Math.log(2 / low)).toBeCloseTo((2.306 * 0.2) / Math.SQRT2, 3);
  });

  it("excludes 0 exactly where Student's interval of the log ratio does", () => {
    for (let ratio = 0.2; ratio < 5; ratio *= 1.03) {
      const mean = pair(4, 4 + Math.log(ratio));
      const { low, high } = levelDifferenceInterval(mean, spread, { ...errors, level: 0.95 });
      expect(low > 0 || high < 0).toBe(logRatioTest(mean, spread, errors).pValue < 0.05);
    }
  });

  it("is a point where nothing varies, and wider where errors are multiplied", () => {
    const mean = pair(Math.log(100), Math.log(150));
    const still = { firstVariance: 0, secondVariance: 0, covariance: 0, degrees: 4 };
    const { low, high } = levelDifferenceInterval(mean, still, { ...errors, level: 0.9 });
    expect([low, high].map((end) => Math.round(end * 1e9) / 1e9)).toEqual([50, 50]);
    const widthOf = (errorsMultipliedBy: number): number => {
      const interval = levelDifferenceInterval(mean, { ...still, secondVariance: 1e-6 }, { pairs: 2, errorsMultipliedBy, level: 0.9 });
      return interval.high - interval.low;
    };
    expect(widthOf(2) / widthOf(1)).toBeCloseTo(2, 3);
  });

  it.each([
    { luck: 0.6, own: 0.3, ratio: 2 },
    { luck: 0.6, own: 0.3, ratio: 4 },
    { luck: 0.2, own: 0.1, ratio: 1.5 },
    { luck: 0, own: 0.5, ratio: 1.5 },
  ])("holds the true difference in 95 and 90 of 100, and misses it on both sides alike: %o", ({ luck, own, ratio }) => {
    const random = seededRandom(20_261_130);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const truth = 100 * ratio - 100;
    const experiments = 1_500;
    const missed = { 0.95: { below: 0, above: 0 }, 0.9: { below: 0, above: 0 } };
    for (let run = 0; run < experiments; run++) {
      const groups = Array.from({ length: 4 }, () =>
        Array.from({ length: 2 }, () => {
          const shared = luck * normal();
          return pair(Math.log(100) + shared + own * normal(), Math.log(100 * ratio) + shared + own * normal());
        }),
      );
      for (const level of [0.95, 0.9] as const) {
        const { low, high } = levelDifferenceInterval(meanPair(groups[0]!), pooledSpread(groups)!, { ...errors, level });
        if (truth > high) missed[level].below += 1;
        if (truth < low) missed[level].above += 1;
      }
    }
    // Chance moves a share of 2.5 % by up to 1.2, and of 5 % by up to 1.7 (three standard errors).
    for (const count of Object.values(missed[0.95])) expect(Math.abs(count / experiments - 0.025)).toBeLessThan(0.014);
    for (const count of Object.values(missed[0.9])) expect(Math.abs(count / experiments - 0.05)).toBeLessThan(0.02);
  });
});
