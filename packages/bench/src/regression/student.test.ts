import { describe, expect, it } from "vitest";
import { studentQuantile } from "./student.ts";

describe("Student's quantiles", () => {
  // Abramowitz and Stegun (1964), table 26.10, and its like: NIST/SEMATECH e-Handbook, 1.3.6.7.2.
  it.each([
    [0.9, 1, 3.078],
    [0.975, 1, 12.706],
    [0.95, 2, 2.92],
    [0.975, 5, 2.571],
    [0.975, 7, 2.365],
    [0.99, 9, 2.821],
    [0.999, 7, 4.785],
    [0.999, 10, 4.144],
    [0.975, 30, 2.042],
    [0.95, 100, 1.66],
  ])("are the published ones: %f at %i degrees", (probability, degrees, expected) => {
    expect(studentQuantile(probability, degrees)).toBeCloseTo(expected, 3);
  });

  it("approach the normal distribution's, and round fractional degrees down", () => {
    expect(studentQuantile(0.975, 1e9)).toBeCloseTo(1.961, 2);
    expect(studentQuantile(0.975, 7.9)).toBe(studentQuantile(0.975, 7));
    expect(() => studentQuantile(0.975, 0.5)).toThrow(RangeError);
    expect(() => studentQuantile(0.4, 5)).toThrow(RangeError);
  });
});
