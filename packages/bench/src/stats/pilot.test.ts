import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { studentQuantile } from "./distributions.ts";
import { groupsNeeded, MOST_GROUPS } from "./pilot.ts";

/** A pilot of `groups` with this standard deviation between groups. */
const pilot = (deviation: number, groups = 10): { readonly groups: number; readonly standardError: number } => ({
  groups,
  standardError: deviation / Math.sqrt(groups),
});

describe("groupsNeeded", () => {
  it("is the sample size of a paired t-test: 34, 45 and 15 for the effects of the textbooks", () => {
    // G*Power 3.1, two-sided 5 %: d = 0.5 at 80 and at 90 %, d = 0.8 at 80 % take 34, 44 and 15. Two quantiles of the central t, as here,
    // ask for one more at times than its noncentral t.
    expect(groupsNeeded(pilot(1), { distance: 0.5, power: 0.8 })).toBe(34);
    expect(groupsNeeded(pilot(1), { distance: 0.5, power: 0.9 })).toBe(45);
    expect(groupsNeeded(pilot(1), { distance: 0.8, power: 0.8 })).toBe(15);
  });

  it("is Kalibera and Jones' at a power of one half: the first number whose interval is no wider than the effect", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.5, noNaN: true }), fc.double({ min: 0.02, max: 0.4, noNaN: true }), (deviation, effect) => {
        const count = groupsNeeded(pilot(deviation), { distance: effect, power: 0.5 });
        const halfWidth = (n: number): number => (studentQuantile(0.975, n - 1) * deviation) / Math.sqrt(n);
        expect(halfWidth(count)).toBeLessThanOrEqual(effect * (1 + 1e-9));
        expect(count === 2 || halfWidth(count - 1) > effect * (1 - 1e-9)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("tends to the closed form (z₁ + z₂)² s² / distance² for many groups", () => {
    const [deviation, distance] = [0.5, 0.05];
    const closed = ((1.959964 + 0.841621) * deviation) ** 2 / distance ** 2;
    expect(groupsNeeded(pilot(deviation), { distance }) / closed).toBeCloseTo(1, 2);
  });

  it("needs more for more confidence, two groups when nothing varies, and as many as can be for no distance", () => {
    expect(groupsNeeded(pilot(0.2), { distance: Math.log(1.05), confidence: 0.996 })).toBeGreaterThan(
      groupsNeeded(pilot(0.2), { distance: Math.log(1.05) }),
    );
    expect(groupsNeeded(pilot(0), { distance: Math.log(1.05) })).toBe(2);
    expect(groupsNeeded(pilot(10), { distance: 0.001 })).toBe(MOST_GROUPS);
    expect(groupsNeeded(pilot(0.1), { distance: 0 })).toBe(MOST_GROUPS);
  });

  it("refuses invalid arguments", () => {
    expect(() => groupsNeeded(pilot(0.1, 1), { distance: Math.log(1.05) })).toThrow("at least 2 groups");
    expect(() => groupsNeeded(pilot(0.1), { distance: -1 })).toThrow("not -1");
    expect(() => groupsNeeded(pilot(0.1), { distance: Number.NaN })).toThrow(RangeError);
    expect(() => groupsNeeded(pilot(0.1), { distance: 0.05, power: 0.3 })).toThrow("power");
    expect(() => groupsNeeded({ groups: 5, standardError: Number.NaN }, { distance: Math.log(1.05) })).toThrow("standard error");
  });
});
