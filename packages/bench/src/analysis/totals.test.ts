import { describe, expect, it } from "vitest";
import { analyse, type Comparison } from "./index.ts";
import { summariseControl } from "./totals.ts";
import { makeResults } from "../../test/fixtures/results.ts";

const comparisons = analyse(makeResults(), { resamples: 100 }).scenarios.flatMap(({ conditions }) =>
  conditions.flatMap(({ comparisons }) => comparisons),
);

/** The same comparisons, with so many of their controls crying. */
function crying(count: number): Comparison[] {
  let left = count;
  return comparisons.map((comparison) => ({
    ...comparison,
    controls: comparison.controls.map((control) => ({ ...control, cries: left-- > 0 })),
  }));
}

describe("the control's summary", () => {
  const { allowed, controls } = summariseControl(comparisons);

  it("allows one cry in ten and two standard errors", () => {
    expect(controls).toBe(96);
    expect(allowed).toBe(15);
  });

  it("is quiet up to what chance allows, and doubts every verdict above", () => {
    expect(summariseControl(crying(allowed))).toMatchObject({ cries: allowed, quiet: true });
    expect(summariseControl(crying(allowed)).sentence).toContain("The control says no difference");
    expect(summariseControl(crying(allowed + 1))).toMatchObject({ cries: allowed + 1, quiet: false });
    expect(summariseControl(crying(allowed + 1)).sentence).toContain("The control cries wolf");
  });
});
