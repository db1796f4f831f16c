import { describe, expect, it } from "vitest";
import { analysis } from "../../test/fixtures/analysed.ts";
import { evidenceOf, extremes } from "./evidence.ts";

describe("a claim's evidence", () => {
  const evidence = evidenceOf(analysis.claims, analysis.scenarios);
  it("is the headline of each setting of the scenarios that were counted", () => {
    expect(evidence.find(({ number }) => number === 1)?.points.map(({ condition }) => condition)).toEqual([
      "1 send/s",
      "10 sends/s",
      "100 sends/s",
    ]);
    expect(evidence.find(({ number }) => number === 4)?.points).toEqual([]);
  });

  it("is shown by its lowest and its highest ratio", () => {
    const six = evidence.find(({ number }) => number === 6)!;
    const ratios = six.points.map(({ ratio }) => ratio ?? Infinity);
    expect(extremes(six).map(({ ratio }) => ratio)).toEqual([Math.min(...ratios), Math.max(...ratios)]);
    expect(extremes({ number: 1, points: six.points.slice(0, 1) })).toEqual(six.points.slice(0, 1));
  });
});
