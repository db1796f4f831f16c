import { describe, expect, it } from "vitest";
import { analyse, type Comparison } from "./index.ts";
import { summariseControl, summariseControls, summariseSensitivity } from "./totals.ts";
import { makeResults } from "../../test/fixtures/results.ts";

const comparisons = analyse(makeResults(), { resamples: 100 }).scenarios.flatMap(({ conditions }) =>
  conditions.flatMap(({ comparisons }) => comparisons),
);

/** The same comparisons, with so many of their controls crying. */
function crying(count: number): Comparison[] {
  let left = count;
  return comparisons.map((comparison) => ({
    ...comparison,
    controls: comparison.controls.map((control) => ({ ...control, pValue: 1, cries: left-- > 0 })),
  }));
}

describe("the control's summary", () => {
  const { allowed, controls } = summariseControl(crying(0));

  it("allows what one cry in twenty gives 999 times in 1,000", () => {
    expect(controls).toBe(96);
    // R: qbinom(0.999, 96, 0.05)
    expect(allowed).toBe(12 + 1);
  });

  it("is quiet up to what chance allows, and doubts every verdict above", () => {
    expect(summariseControl(crying(allowed))).toMatchObject({ cries: allowed, quiet: true });
    expect(summariseControl(crying(allowed)).sentence).toContain("The control says no difference");
    expect(summariseControl(crying(allowed + 1))).toMatchObject({ cries: allowed + 1, quiet: false });
    expect(summariseControl(crying(allowed + 1)).sentence).toContain("The control cries wolf");
  });

  it("doubts every verdict where a single one cries after the correction for all", () => {
    const [first, ...rest] = crying(0).flatMap((one) => one.controls);
    if (first === undefined) throw new Error("There are no controls.");
    const with1 = (pValue: number): boolean => summariseControls([{ ...first, pValue }, ...rest]).quiet;
    expect(with1(0.05 / 96 - 1e-6)).toBe(false);
    expect(with1(0.05 / 96 + 1e-6)).toBe(true);
  });
});

describe("the sensitivity's summary", () => {
  const [one] = comparisons;
  const without = (kind: "no-difference" | "not-enough-data", changes: boolean): Comparison => {
    if (one === undefined) throw new Error("There are no comparisons.");
    const verdict = kind === "no-difference" ? { kind, reasons: [] } : { kind, reason: "4 pair groups of at least 5" };
    return { ...one, withoutMarked: { groups: 4, marked: 1, ratio: 1, interval: null, verdict, changes } };
  };

  it("counts what would be another verdict, and what could not be said, apart", () => {
    const summary = summariseSensitivity([
      without("no-difference", true),
      without("no-difference", false),
      without("not-enough-data", true),
      ...comparisons.filter(({ withoutMarked }) => withoutMarked === null),
    ]);
    expect(summary).toMatchObject({ compared: 3, changed: 1, undecided: 1 });
    expect(summary.sentence).toContain("1 of 3 verdicts that had any would be another. For 1 too few pair groups are left");
  });

  it("says so where nothing was marked", () => {
    expect(summariseSensitivity([]).sentence).toContain("No pair group holds a contaminated block");
  });
});
