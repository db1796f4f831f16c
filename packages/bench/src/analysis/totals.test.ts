import { describe, expect, it } from "vitest";
import { analyse, type Comparison } from "./index.ts";
import { countContamination, describeMachine, summariseControl, summariseControls, summariseSensitivity } from "./totals.ts";
import { makeResults } from "../../test/fixtures/results.ts";

const results = makeResults();
const comparisons = analyse(results, { resamples: 100 }).scenarios.flatMap(({ conditions }) =>
  conditions.flatMap(({ comparisons }) => comparisons),
);

/** The same comparisons, with so many false alarms of their controls. */
function alarming(count: number): Comparison[] {
  let left = count;
  return comparisons.map((comparison) => ({
    ...comparison,
    controls: comparison.controls.map((control) => ({ ...control, pValue: 1, falseAlarm: left-- > 0 })),
  }));
}

describe("the control's summary", () => {
  const { allowed, controls } = summariseControl(alarming(0));

  it("allows as many alarms as a rate of one in twenty gives 999 times in 1,000", () => {
    expect(controls).toBe(96);
    // R: qbinom(0.999, 96, 0.05)
    expect(allowed).toBe(12 + 1);
  });

  it("is quiet up to what chance allows, and doubts every verdict beyond that", () => {
    expect(summariseControl(alarming(allowed))).toMatchObject({ falseAlarms: allowed, quiet: true });
    expect(summariseControl(alarming(allowed + 1))).toMatchObject({ falseAlarms: allowed + 1, quiet: false });
  });

  it("doubts every verdict after a single false alarm that survives the correction", () => {
    const [first, ...rest] = alarming(0).flatMap((one) => one.controls);
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
    const verdict =
      kind === "no-difference" ? { kind, reasons: [] } : { kind, reason: { code: "too-few-groups", groups: 4, needed: 5 } as const };
    return { ...one, withoutMarked: { groups: 4, marked: 1, ratio: 1, interval: null, verdict, changes } };
  };

  it("counts changed verdicts and lost verdicts separately", () => {
    const summary = summariseSensitivity([
      without("no-difference", true),
      without("no-difference", false),
      without("not-enough-data", true),
      ...comparisons.filter(({ withoutMarked }) => withoutMarked === null),
    ]);
    expect(summary).toMatchObject({ compared: 3, changed: 1, undecided: 1 });
  });

  it("reports when nothing was marked", () => {
    expect(summariseSensitivity([])).toEqual({ comparisons: 0, compared: 0, changed: 0, undecided: 0 });
  });
});

describe("the machine", () => {
  it("was busy where a fifth of the blocks or more are contaminated", () => {
    const [block] = results.scenarios.flatMap(({ blocks }) => blocks);
    if (block === undefined) throw new Error("There are no blocks.");
    const busy = (marked: number, of: number): boolean => {
      const blocks = Array.from({ length: of }, (_, index) => ({
        ...block,
        contamination: { ...block.contamination, marks: index < marked ? ["event loop delayed", "CPU time stolen"] : [] },
      }));
      return describeMachine(results.environment, countContamination(blocks)).busy;
    };
    expect([busy(0, 0), busy(0, 30), busy(5, 30), busy(6, 30), busy(18, 30)]).toEqual([false, false, false, true, true]);
  });

  it("has the load of the minute before the run", () => {
    const environment = { ...results.environment, cores: 2, loadAverageAtStart: [9, 4, 1] };
    expect(describeMachine(environment, countContamination([]))).toEqual({ loadAtStart: 9, cores: 2, busy: false });
  });
});
