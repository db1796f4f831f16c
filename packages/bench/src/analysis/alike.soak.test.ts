/** Whole reports on arms that do not differ: how often one says that they do. */
import { describe, expect, it } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import { analyse } from "./index.ts";

describe("the control's summary", () => {
  it("raises doubts in at most 5 % of reports on identical arms", () => {
    const loud = Array.from({ length: 20 }, (_, seed) => analyse(makeResults({ noEffects: true, seed: seed + 1 }))).filter(
      ({ control }) => !control.quiet,
    ).length;
    // qbinom(0.999, 20, 0.05)
    expect(loud).toBeLessThanOrEqual(5);
  });
});

describe("the analysis", () => {
  it("finds a difference between two identical arms in at most 5 % of comparisons", () => {
    const times = Array.from({ length: 10 }, (_, seed) => analyse(makeResults({ noEffects: true, seed: seed + 1 })))
      .flatMap(({ scenarios }) => scenarios)
      .flatMap(({ conditions }) => conditions)
      .flatMap(({ comparisons }) => comparisons)
      .filter(({ metric, verdict }) => metric.endsWith("Ms") && verdict.kind !== "not-enough-data");
    expect(times.length).toBeGreaterThan(250);
    expect(
      times.filter(({ verdict }) => verdict.kind === "matters" || verdict.kind === "too-small").length / times.length,
    ).toBeLessThanOrEqual(0.05);
  });
});
