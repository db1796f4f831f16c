import { describe, expect, it } from "vitest";
import { analysis } from "../../test/fixtures/analysed.ts";
import { evidenceOf } from "./evidence.ts";

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
});
