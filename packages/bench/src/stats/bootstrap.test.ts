import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareIndependent, compareQuantiles, compareRatios, contains, ratioOf } from "./bootstrap.ts";
import type { PairGroup } from "./pair-group.ts";
import { binomialQuantile } from "./distributions.ts";
import { controlGroups } from "./control.ts";
import { seededRandom, type Random } from "./random.ts";

/** Marsaglia's polar method would need a loop; Box and Muller's is enough here. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

interface Experiment {
  readonly groups: number;
  readonly samplesPerBlock: number;
  /** True ratio of every quantile, numerator over denominator. */
  readonly ratio: number;
}

/** Latencies with a drift that a group shares, and an effect of each block that its samples share: what makes samples dependent. */
function block(random: Random, samples: number, groupEffect: number, scale: number): number[] {
  const blockEffect = 0.08 * normal(random);
  return Array.from({ length: samples }, () => scale * Math.exp(groupEffect + blockEffect + 0.3 * normal(random)));
}

function experiment(random: Random, { groups, samplesPerBlock, ratio }: Experiment): PairGroup[] {
  return Array.from({ length: groups }, () => {
    const groupEffect = 0.2 * normal(random);
    const arm = (scale: number): number[] => [1, 2].flatMap(() => block(random, samplesPerBlock, groupEffect, scale));
    return { numerator: arm(ratio), denominator: arm(1) };
  });
}

function driftingBlocks(random: Random, count: number, scale: number): number[][] {
  return Array.from({ length: count }, () => block(random, 30, 0.1 * normal(random), scale));
}

function shareOf(count: number, test: (random: Random) => boolean): number {
  const random = seededRandom(20_250_101);
  let hits = 0;
  for (let index = 0; index < count; index++) if (test(random)) hits++;
  return hits / count;
}

describe("compareQuantiles", () => {
  it("covers the true difference of medians in 93 to 97 % of experiments with block effects", () => {
    const count = 300;
    const covered = shareOf(count, (random) => {
      const [median] = compareQuantiles(experiment(random, { groups: 10, samplesPerBlock: 30, ratio: 1.1 }), [0.5], {
        random,
        resamples: 800,
      });
      // The median of a log-normal with location 0 is 1, whatever its spread.
      return contains(median?.differenceInterval ?? { low: 0, high: 0 }, 0.1);
    });
    // 93 to 97 %, and what 300 experiments can be off it once in a thousand times. Ratios: src/simulation/simulation.test.ts.
    expect(count * (1 - covered)).toBeLessThanOrEqual(binomialQuantile(0.999, count, 0.07));
    expect(count * covered).toBeLessThanOrEqual(binomialQuantile(0.999, count, 0.97));
  });

  it("would give too narrow an interval if it resampled single samples", () => {
    const covered = shareOf(200, (random) => {
      const groups = experiment(random, { groups: 12, samplesPerBlock: 30, ratio: 1.1 });
      const pairs = groups.flatMap(({ numerator, denominator }) =>
        Array.from(numerator, (sample, index) => ({ numerator: [sample], denominator: [denominator[index] ?? 0] })),
      );
      const [median] = compareQuantiles(pairs, [0.5], { random, resamples: 200 });
      return contains(median?.ratioInterval ?? { low: 0, high: 0 }, 1.1);
    });
    expect(covered).toBeLessThan(0.85);
  });

  it("gives exact arms, ratio and difference, and an interval of zero width, for identical groups", () => {
    const groups = Array.from({ length: 5 }, () => ({ numerator: [3, 1, 2], denominator: [4, 4, 4] }));
    expect(compareQuantiles(groups, [0.5], { random: seededRandom(1), resamples: 100 })).toEqual([
      {
        quantile: 0.5,
        numerator: 2,
        denominator: 4,
        ratio: 0.5,
        ratioInterval: { low: 0.5, high: 0.5 },
        pValue: 0,
        paired: { ratio: 0.5, interval: { low: 0.5, high: 0.5 }, pValue: 0, standardError: 0 },
        difference: -2,
        differenceInterval: { low: -2, high: -2 },
      },
    ]);
  });

  it("depends only on the seed, not on the order of samples in a block", () => {
    const random = seededRandom(3);
    const groups = experiment(random, { groups: 6, samplesPerBlock: 20, ratio: 1 });
    const turned = groups.map(({ numerator, denominator }) => ({ numerator: Array.from(numerator).reverse(), denominator }));
    const [one, other] = [groups, turned].map((from) => compareQuantiles(from, [0.5, 0.9], { random: seededRandom(4), resamples: 200 }));
    expect(one).toEqual(other);
  });

  it("scales with the numerator: ratio and interval times c", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0.25, 0.5, 2, 4), (seed, factor) => {
        const groups = experiment(seededRandom(seed), { groups: 5, samplesPerBlock: 8, ratio: 1 });
        const scaled = groups.map(({ numerator, denominator }) => ({
          numerator: Array.from(numerator, (sample) => sample * factor),
          denominator,
        }));
        const [plain] = compareQuantiles(groups, [0.9], { random: seededRandom(seed), resamples: 50 });
        const [times] = compareQuantiles(scaled, [0.9], { random: seededRandom(seed), resamples: 50 });
        expect(times?.ratio).toBeCloseTo((plain?.ratio ?? Number.NaN) * factor, 9);
        expect(times?.ratioInterval.low).toBeCloseTo((plain?.ratioInterval.low ?? Number.NaN) * factor, 9);
        expect(times?.ratioInterval.high).toBeCloseTo((plain?.ratioInterval.high ?? Number.NaN) * factor, 9);
      }),
      { numRuns: 30 },
    );
  });

  it("takes 2,000 resamples of 20,000 samples a side at three quantiles in well under a second", () => {
    const random = seededRandom(5);
    const groups = experiment(random, { groups: 10, samplesPerBlock: 1_000, ratio: 1 });
    const before = process.cpuUsage();
    compareQuantiles(groups, [0.5, 0.9, 0.99], { random });
    const { user } = process.cpuUsage(before);
    // CPU time, and five times what it took where it was written: another test on the same core must not fail it.
    expect(user / 1_000).toBeLessThan(1_000);
  });

  it("calls two zeros equal, and anything over zero infinite", () => {
    expect(ratioOf(0, 0)).toBe(1);
    const zeros = Array.from({ length: 5 }, () => ({ numerator: [2], denominator: [0] }));
    const [median] = compareQuantiles(zeros, [0.5], { random: seededRandom(1), resamples: 10 });
    expect(median?.ratio).toBe(Infinity);
    expect(median?.ratioInterval).toEqual({ low: Infinity, high: Infinity });
  });

  it("refuses no groups, an empty side and an invalid number of resamples", () => {
    const random = seededRandom(1);
    expect(() => compareQuantiles([], [0.5], { random })).toThrow("at least one group");
    expect(() => compareQuantiles([{ numerator: [1], denominator: [] }], [0.5], { random })).toThrow("both sides");
    expect(() => compareQuantiles([{ numerator: [1], denominator: [1] }], [0.5], { random, resamples: 0.5 })).toThrow("not 0.5");
  });
});

describe("compareIndependent", () => {
  it("covers the true ratio between two sets of groups of different number in 93 to 97 % of experiments", () => {
    const count = 400;
    const covered = shareOf(count, (random) => {
      const { interval } = compareIndependent(driftingBlocks(random, 8, 1.2), driftingBlocks(random, 6, 1), 0.5, {
        random,
        resamples: 600,
      });
      return contains(interval, 1.2);
    });
    expect(count * (1 - covered)).toBeLessThanOrEqual(binomialQuantile(0.999, count, 0.07));
    expect(count * covered).toBeLessThanOrEqual(binomialQuantile(0.999, count, 0.97));
  });

  it("refuses an empty set and an empty group", () => {
    const random = seededRandom(1);
    expect(() => compareIndependent([], [[1]], 0.5, { random })).toThrow("at least one group");
    expect(() => compareIndependent([[1]], [[]], 0.5, { random })).toThrow("needs samples");
  });
});

describe("compareRatios", () => {
  const groupsOf = (random: () => number, groups: number, ratio: number): ReturnType<typeof experiment> =>
    experiment(random, { groups, samplesPerBlock: 20, ratio });

  it("covers the true ratio of two ratios in 93 to 97 % of experiments", () => {
    const count = 400;
    const covered = shareOf(count, (random) => {
      const { interval } = compareRatios(groupsOf(random, 8, 1.2), groupsOf(random, 6, 0.9), 0.5, { random, resamples: 600 });
      return contains(interval, 1.2 / 0.9);
    });
    expect(count * (1 - covered)).toBeLessThanOrEqual(binomialQuantile(0.999, count, 0.07));
    expect(count * covered).toBeLessThanOrEqual(binomialQuantile(0.999, count, 0.97));
  });

  it("draws both sides of a group together, so that shared effects do not widen the interval", () => {
    const random = seededRandom(3);
    const groups = Array.from({ length: 6 }, (_, group) => ({ numerator: [12 * 3 ** group], denominator: [10 * 3 ** group] }));
    const { ratio, interval } = compareRatios(groups, groups, 0.5, { random, resamples: 200 });
    expect(ratio).toBe(1);
    expect([interval.low, interval.high].map((end) => Math.round(end * 1e6) / 1e6)).toEqual([1, 1]);
  });

  it("refuses an empty set and an empty side", () => {
    const random = seededRandom(1);
    const one = [{ numerator: [1], denominator: [1] }];
    expect(() => compareRatios([], one, 0.5, { random })).toThrow("at least one group");
    expect(() => compareRatios(one, [{ numerator: [1], denominator: [] }], 0.5, { random })).toThrow("both sides");
  });
});

describe("controlGroups", () => {
  it("is not shifted when the second block is always slower: random sides turn a trend into width", () => {
    const shifted = shareOf(200, (random) => {
      const pairs = Array.from({ length: 40 }, () => ({ first: block(random, 30, 0, 1), second: block(random, 30, 0, 1.2) }));
      const [median] = compareQuantiles(controlGroups(pairs, random), [0.5], { random, resamples: 400 });
      return !contains(median?.ratioInterval ?? { low: 1, high: 1 }, 1);
    });
    expect(shifted).toBeLessThanOrEqual(0.1);
  });

  it("puts each block on exactly one side", () => {
    const pairs = Array.from({ length: 50 }, (_, index) => ({ first: [index], second: [-index - 1] }));
    const groups = controlGroups(pairs, seededRandom(9));
    const sides = groups.map(
      (group, index) => [group.numerator[0], group.denominator[0]].toSorted((a = 0, b = 0) => a - b).join() === `${-index - 1},${index}`,
    );
    expect(sides.every(Boolean)).toBe(true);
    expect(new Set(groups.map((group) => (group.numerator[0] ?? 0) >= 0)).size).toBe(2);
  });
});
