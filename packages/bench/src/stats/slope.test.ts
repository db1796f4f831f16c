import { describe, expect, it } from "vitest";
import { slopeOf } from "./slope.ts";

describe("a slope", () => {
  it("is that of the least-squares line", () => {
    expect(slopeOf([3, 5, 9].map((x) => ({ x, y: 7 + 2 * x })))).toBeCloseTo(2, 12);
    // Anscombe's first set: y = 3.00 + 0.500 x.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    expect(slopeOf(x.map((one, index) => ({ x: one, y: y[index]! })))).toBeCloseTo(0.5, 3);
  });

  it("needs two different positions", () => {
    expect(() => slopeOf([{ x: 1, y: 1 }])).toThrow(RangeError);
    expect(() =>
      slopeOf([
        { x: 1, y: 1 },
        { x: 1, y: 2 },
      ]),
    ).toThrow(RangeError);
  });
});
