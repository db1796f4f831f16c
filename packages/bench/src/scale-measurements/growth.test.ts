import { expect, it } from "vitest";
import { seededRandom } from "../stats/index.ts";
import { growthOf } from "./growth.ts";

const sizes = [50, 250, 1_000, 5_000];

it("finds the exponent of a power, whatever its factor", () => {
  for (const exponent of [0, 0.5, 1, 1.5]) {
    const growth = growthOf(sizes.map((x) => ({ x, y: 7 * x ** exponent })));
    expect(growth?.exponent).toBeCloseTo(exponent, 9);
    expect(growth?.low).toBeCloseTo(exponent, 6);
    expect(growth?.high).toBeCloseTo(exponent, 6);
  }
});

it("has an interval that holds the planted exponent 95 times in 100", () => {
  const random = seededRandom(11);
  const noise = (): number => Math.exp(0.4 * (random() + random() + random() - 1.5));
  let held = 0;
  for (let again = 0; again < 1_000; again++) {
    const growth = growthOf([...sizes, ...sizes, ...sizes].map((x) => ({ x, y: 3 * x ** 1.1 * noise() })));
    if (growth !== undefined && growth.low <= 1.1 && growth.high >= 1.1) held += 1;
  }
  expect(held).toBeGreaterThan(925);
  expect(held).toBeLessThan(975);
});

it("says nothing of two points, of one place, or of what is not above 0", () => {
  expect(growthOf(sizes.slice(0, 2).map((x) => ({ x, y: x })))).toBeUndefined();
  expect(growthOf([1, 2, 3].map((y) => ({ x: 50, y })))).toBeUndefined();
  expect(growthOf([...sizes.slice(0, 2).map((x) => ({ x, y: x })), { x: 5_000, y: Number.NaN }, { x: 7_000, y: 0 }])).toBeUndefined();
});
