import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantile } from "./quantile.ts";
import { ResamplePool } from "./resample-pool.ts";

const someGroups = fc.array(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 150 }), { minLength: 1, maxLength: 8 });
const aProbability = fc.oneof(fc.constantFrom(0, 0.5, 0.9, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }));

describe("ResamplePool", () => {
  it("gives the quantile of the expanded resample", () => {
    fc.assert(
      fc.property(someGroups, fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }), aProbability, (groups, draws, probability) => {
        const weights = groups.map((_, index) => draws[index] ?? 0);
        fc.pre(weights.some((weight) => weight > 0));
        const written = groups.flatMap((group, index) => Array.from({ length: weights[index] ?? 0 }, () => group).flat());
        expect(new ResamplePool(groups).quantile(weights, probability)).toBeCloseTo(quantile(written, probability), 9);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the plain quantile when every group occurs once", () => {
    const groups = [[5, 1, 9], [2], [8, 8]];
    const pool = new ResamplePool(groups);
    expect(pool.size).toBe(6);
    expect(pool.quantile([1, 1, 1], 0.5)).toBe(quantile(groups.flat(), 0.5));
  });

  it("refuses an empty resample", () => {
    expect(() => new ResamplePool([[1], [2]]).quantile([0, 0], 0.5)).toThrow("at least one sample");
  });
});
