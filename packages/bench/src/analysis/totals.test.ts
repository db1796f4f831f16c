import { describe, expect, it } from "vitest";
import { analyse, type Comparison } from "./index.ts";
import { countContamination, describeMachine, summariseSensitivity } from "./totals.ts";
import { makeResults } from "../../test/fixtures/results.ts";

const results = makeResults();
const comparisons = analyse(results).scenarios.flatMap(({ conditions }) => conditions.flatMap(({ comparisons }) => comparisons));

describe("the sensitivity's summary", () => {
  const [one] = comparisons;
  const without = (kind: "equivalent" | "not-enough-data", changes: boolean): Comparison => {
    if (one === undefined) throw new Error("There are no comparisons.");
    const verdict = kind === "equivalent" ? { kind } : { kind, reason: { code: "too-few-groups", groups: 4, needed: 5 } as const };
    return { ...one, withoutMarked: { groups: 4, marked: 1, ratio: 1, interval: null, verdict, changes } };
  };

  it("counts changed verdicts and lost verdicts separately", () => {
    const summary = summariseSensitivity([
      without("equivalent", true),
      without("equivalent", false),
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
