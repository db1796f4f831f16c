import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ecdf, ecdfPoints } from "./ecdf.ts";
import { sortedSamples } from "./quantile.ts";

const someSamples = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 600 });

describe("ecdf", () => {
  it("is the share of samples at most the value", () => {
    fc.assert(
      fc.property(someSamples, fc.integer({ min: -1, max: 51 }), (samples, value) => {
        const expected = samples.filter((sample) => sample <= value).length / samples.length;
        expect(ecdf(sortedSamples(samples), value)).toBe(expected);
      }),
    );
  });

  it("of no samples is 0", () => {
    expect(ecdf([], 1)).toBe(0);
  });

  it("is drawn by points that lie on it, rise, start at the least and end at the greatest sample", () => {
    fc.assert(
      fc.property(someSamples, (samples) => {
        const sorted = sortedSamples(samples);
        const points = ecdfPoints(sorted, 100);
        expect(points[0]?.value).toBe(sorted[0]);
        expect(points.at(-1)).toEqual({ value: sorted.at(-1), share: 1 });
        for (const point of points) expect(point.share).toBe(ecdf(sorted, point.value));
        const values = points.map((point) => point.value);
        expect(values).toEqual([...new Set(values)].toSorted((left, right) => left - right));
      }),
    );
  });

  it("is drawn by about as many points as asked for", () => {
    const sorted = sortedSamples(Array.from({ length: 10_000 }, (_, index) => index));
    expect(ecdfPoints(sorted, 100).length).toBeLessThanOrEqual(102);
  });
});
