import * as fc from "fast-check";
import { max, medianSorted, min, quantileSorted as typeTwo } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { quantile, quantileSorted, samplesNeeded, sortedSamples } from "./quantile.ts";

const someSamples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });
const aProbability = fc.double({ min: 0, max: 1, noNaN: true });

describe("quantile", () => {
  it("gives R's type 7 for R's own example", () => {
    // quantile(c(1, 2, 4, 8, 16), c(.1, .25, .5, .9, .99), type = 7)
    const samples = [16, 1, 8, 2, 4];
    const quantiles = [0.1, 0.25, 0.5, 0.9, 0.99].map((probability) => quantile(samples, probability));
    for (const [index, expected] of [1.4, 2, 4, 12.8, 15.68].entries()) expect(quantiles[index]).toBeCloseTo(expected, 10);
  });

  it("agrees with simple-statistics on the median and on both ends", () => {
    fc.assert(
      fc.property(someSamples, (samples) => {
        expect(quantile(samples, 0.5)).toBeCloseTo(medianSorted([...sortedSamples(samples)]), 6);
        expect(quantile(samples, 0)).toBe(min(samples));
        expect(quantile(samples, 1)).toBe(max(samples));
      }),
    );
  });

  it("is never further than one order statistic from simple-statistics' quantile, which does not interpolate", () => {
    fc.assert(
      fc.property(someSamples, aProbability, (samples, probability) => {
        const sorted = [...sortedSamples(samples)];
        const rank = (sorted.length - 1) * probability;
        const neighbours = [Math.floor(rank) - 1, Math.ceil(rank) + 1].map((at) => Math.min(Math.max(at, 0), sorted.length - 1));
        const [low = 0, high = 0] = neighbours.map((at) => sorted[at] ?? Number.NaN);
        const other = probability === 0 ? min(sorted) : typeTwo(sorted, probability);
        expect(other).toBeGreaterThanOrEqual(low);
        expect(other).toBeLessThanOrEqual(high);
        expect(quantileSorted(sorted, probability)).toBeGreaterThanOrEqual(low);
        expect(quantileSorted(sorted, probability)).toBeLessThanOrEqual(high);
      }),
    );
  });

  it("hits each order statistic at rank over count minus one", () => {
    fc.assert(
      fc.property(someSamples, fc.nat(), (samples, nat) => {
        fc.pre(samples.length > 1);
        const sorted = sortedSamples(samples);
        const rank = nat % samples.length;
        const value = sorted[rank] ?? Number.NaN;
        expect(quantileSorted(sorted, rank / (samples.length - 1))).toBeCloseTo(value, 6);
      }),
    );
  });

  it("sorts 10 after 9, and leaves its input alone", () => {
    const samples = [10, 9, 100];
    expect([...sortedSamples(samples)]).toEqual([9, 10, 100]);
    expect(samples).toEqual([10, 9, 100]);
  });

  it("refuses an empty list and an invalid probability", () => {
    expect(() => quantile([], 0.5)).toThrow("at least one sample");
    expect(() => quantile([1], 1.5)).toThrow("from 0 to 1, not 1.5");
    expect(() => quantile([1], Number.NaN)).toThrow(RangeError);
  });

  it("asks for 1,000 samples for p99 and 10,000 for p99.9", () => {
    expect([0.5, 0.9, 0.99, 0.999].map(samplesNeeded)).toEqual([1, 1, 1_000, 10_000]);
  });
});
