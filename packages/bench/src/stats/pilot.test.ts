import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { studentQuantile } from "./distributions.ts";
import { blocksNeeded, MOST_BLOCKS } from "./pilot.ts";

/** A pilot of `groups` with this standard deviation between groups. */
const pilot = (deviation: number, groups = 10): { readonly groups: number; readonly standardError: number } => ({
  groups,
  standardError: deviation / Math.sqrt(groups),
});
const ratioOf = (effect: number): number => Math.exp(effect);

describe("blocksNeeded", () => {
  it("is the sample size of a paired t-test: 34, 45 and 15 for the effects of the textbooks", () => {
    // G*Power 3.1, two-sided 5 %: d = 0.5 at 80 and at 90 %, d = 0.8 at 80 % take 34, 44 and 15. Two quantiles of the central t, as here,
    // ask for one more at times than its noncentral t.
    expect(blocksNeeded(pilot(1), { ratio: ratioOf(0.5), power: 0.8 })).toBe(34);
    expect(blocksNeeded(pilot(1), { ratio: ratioOf(0.5), power: 0.9 })).toBe(45);
    expect(blocksNeeded(pilot(1), { ratio: ratioOf(0.8), power: 0.8 })).toBe(15);
  });

  it("is Kalibera and Jones' at a power of one half: the first number whose interval is no wider than the effect", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.5, noNaN: true }), fc.double({ min: 0.02, max: 0.4, noNaN: true }), (deviation, effect) => {
        const count = blocksNeeded(pilot(deviation), { ratio: ratioOf(effect), power: 0.5 });
        const halfWidth = (n: number): number => (studentQuantile(0.975, n - 1) * deviation) / Math.sqrt(n);
        expect(halfWidth(count)).toBeLessThanOrEqual(effect * (1 + 1e-9));
        expect(count === 2 || halfWidth(count - 1) > effect * (1 - 1e-9)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("tends to the closed form (z₁ + z₂)² s² / ln² ratio for many groups", () => {
    const [deviation, ratio] = [0.5, 1.05];
    const closed = ((1.959964 + 0.841621) * deviation) ** 2 / Math.log(ratio) ** 2;
    expect(blocksNeeded(pilot(deviation), { ratio }) / closed).toBeCloseTo(1, 2);
  });

  it("needs the same for 5 % more and its inverse, more for more confidence, and two groups when nothing varies", () => {
    expect(blocksNeeded(pilot(0.2), { ratio: 1.05 })).toBe(blocksNeeded(pilot(0.2), { ratio: 1 / 1.05 }));
    expect(blocksNeeded(pilot(0.2), { ratio: 1.05, confidence: 0.996 })).toBeGreaterThan(blocksNeeded(pilot(0.2), { ratio: 1.05 }));
    expect(blocksNeeded(pilot(0), { ratio: 1.05 })).toBe(2);
    expect(blocksNeeded(pilot(10), { ratio: 1.001 })).toBe(MOST_BLOCKS);
  });

  it("refuses invalid arguments", () => {
    expect(() => blocksNeeded(pilot(0.1, 1), { ratio: 1.05 })).toThrow("at least 2 groups");
    expect(() => blocksNeeded(pilot(0.1), { ratio: 1 })).toThrow("not 1");
    expect(() => blocksNeeded(pilot(0.1), { ratio: -2 })).toThrow(RangeError);
    expect(() => blocksNeeded(pilot(0.1), { ratio: 1.05, power: 0.3 })).toThrow("power");
    expect(() => blocksNeeded({ groups: 5, standardError: Number.NaN }, { ratio: 1.05 })).toThrow("standard error");
  });
});
