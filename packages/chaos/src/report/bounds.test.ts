import { describe, expect, it } from "vitest";
import { upperBound } from "./bounds.ts";

describe("the upper bound of a rate", () => {
  it("is about 3 in n where none of n failed", () => {
    expect(upperBound(0, 1_000)).toBeCloseTo(0.00299, 5);
    expect(upperBound(0, 10_000)).toBeCloseTo(0.0002995, 7);
  });

  it("is that of Clopper and Pearson's tables where some did", () => {
    // One-sided, 95 %: 1 of 10 is 0.3942, 5 of 100 is 0.1023.
    expect(upperBound(1, 10)).toBeCloseTo(0.3942, 4);
    expect(upperBound(5, 100)).toBeCloseTo(0.1023, 4);
  });

  it("is 1 where nothing is known, or all failed", () => {
    expect([upperBound(0, 0), upperBound(4, 4)]).toEqual([1, 1]);
  });
});
