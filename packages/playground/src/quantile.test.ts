import { expect, it } from "vitest";
import { quantile } from "./quantile.ts";

// What R's quantile(type = 7), its default, gives.
it.each([
  [[7], 0.99, 7],
  [[1, 2, 3, 4], 0.5, 2.5],
  [[4, 1, 3, 2], 0.25, 1.75],
  [[10, 1, 4, 2, 3], 0.9, 7.6],
  [[1, 2, 3], 0, 1],
  [[1, 2, 3], 1, 3],
])("the quantile of %j at %d is %d", (samples, probability, expected) => {
  expect(quantile(samples, probability)).toBeCloseTo(expected, 12);
});

it("there is none of no samples", () => {
  expect(quantile([], 0.5)).toBeNaN();
});
