import { describe, expect, it } from "vitest";
import type { GroupEffects } from "../stats/index.ts";
import { judgeControls } from "./controls.ts";

/** A control of ten groups whose t statistic is given. */
const control = (t: number): GroupEffects => ({
  difference: { mean: t, standardError: 1, groups: 10 },
  logRatio: { mean: t, standardError: 1, groups: 10 },
  isConstant: false,
});
const calm = Array.from({ length: 96 }, () => control(0.1));
const constant: GroupEffects = { ...control(0), isConstant: true };

describe("the control of a report", () => {
  it("allows as many alarms as a rate of one in twenty gives 999 times in 1,000", () => {
    // R: qbinom(0.999, 96, 0.05)
    expect(judgeControls(calm).allowed).toBe(12 + 1);
    const loud = (count: number): GroupEffects[] => calm.map((one, index) => (index < count ? control(5) : one));
    expect(judgeControls(loud(13))).toMatchObject({ falseAlarms: 13, quiet: true });
    expect(judgeControls(loud(14))).toMatchObject({ falseAlarms: 14, quiet: false });
  });

  it("multiplies errors by the root of the inflation where it is above its bound, and never by less than 1", () => {
    expect(judgeControls(calm)).toMatchObject({ errorsMultipliedBy: 1 });
    const wide = judgeControls(Array.from({ length: 96 }, (_, index) => control(index % 2 === 0 ? 1.2 : -1.4)));
    expect(wide.inflation).toBeGreaterThan(wide.inflationBound);
    expect(wide.errorsMultipliedBy).toBeCloseTo(Math.sqrt(wide.inflation), 12);
  });

  it("leaves constants out, and says what it saw beside what is expected", () => {
    const summary = judgeControls([constant, control(0), control(-3)]);
    expect(summary.controls).toBe(2);
    expect(summary.quantiles.map(({ expected }) => expected)).toEqual([0.25, 0.75]);
    expect(summary.quantiles[1]?.observed).toBe(1);
    expect(judgeControls([constant])).toMatchObject({ controls: 0, errorsMultipliedBy: 1, quiet: true });
  });
});
