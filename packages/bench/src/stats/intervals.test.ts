import { describe, expect, it } from "vitest";
import { studentInterval } from "./intervals.ts";

describe("studentInterval", () => {
  it("matches the textbook, with the p-value as the level at which its end is 0", () => {
    expect(studentInterval(10, 2, 9)).toMatchObject({ low: expect.closeTo(10 - 2.262157 * 2, 5), high: expect.closeTo(14.524314, 5) });
    const { pValue } = studentInterval(1, 0.5, 7);
    expect(studentInterval(1, 0.5, 7, 1 - pValue).low).toBeCloseTo(0, 9);
  });

  it("has no ends without degrees of freedom, and no width without an error", () => {
    expect(studentInterval(1, 1, 0)).toMatchObject({ low: -Infinity, high: Infinity, pValue: 1 });
    expect(studentInterval(1, 0, 4)).toMatchObject({ low: 1, high: 1, pValue: 0 });
    expect(studentInterval(0, 0, 4).pValue).toBe(1);
  });
});
