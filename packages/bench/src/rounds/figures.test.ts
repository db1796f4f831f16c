import { describe, expect, it } from "vitest";
import { figureTable, type Figure } from "./figures.ts";

interface Sample {
  readonly test: string;
  readonly arm: string;
  readonly round: number;
  readonly value: number;
}

const test = {
  id: "t",
  title: "a test",
  arms: [
    { id: "peer", label: "the peer" },
    { id: "ours", label: "ours" },
    { id: "absent", label: "not run" },
  ],
};
const value: Figure<Sample> = { head: "ms", of: (sample) => sample.value, digits: 1, compared: true };
const samples = (arm: string, ...values: number[]): Sample[] => values.map((one, round) => ({ test: "t", arm, round, value: one }));

describe("a table of figures", () => {
  it("has medians over the rounds and ratios to the peers, a dash for a peer that was not run, and no row for an arm without samples", () => {
    const all = [...samples("peer", 1, 2, 30), ...samples("ours", 8, 4, 5)];
    expect(figureTable(test, all, [value], ["peer", "absent"])).toEqual({
      id: "t",
      title: "a test",
      head: ["ms", "÷ peer", "÷ absent"],
      rows: [
        ["the peer", "2.0", "1.00", "–"],
        ["ours", "5.0", "2.50", "–"],
      ],
    });
  });

  it("words an unbounded value, without a ratio", () => {
    const beyond: Figure<Sample> = { ...value, over: (values) => Math.max(...values), infinite: "not within 60 s" };
    const table = figureTable(test, [...samples("peer", 1, Number.POSITIVE_INFINITY), ...samples("ours", 2)], [beyond], ["ours"]);
    expect(table?.rows).toEqual([
      ["the peer", "not within 60 s", "–"],
      ["ours", "2.0", "1.00"],
    ]);
  });

  it("is left out when nothing was measured", () => {
    expect(figureTable(test, [{ test: "other", arm: "ours", round: 0, value: 1 }], [value], [])).toBeUndefined();
  });
});
