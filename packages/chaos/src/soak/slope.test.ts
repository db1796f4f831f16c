import { describe, expect, it } from "vitest";
import { Dice } from "../dice/dice.ts";
import { lineThrough, theilSen } from "./slope.ts";

/** @param noise of a value, up to so much in both directions */
function points(slope: number, noise: number, count = 60, seed = 1) {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, x) => ({ x, y: 100 + slope * x + noise * (2 * dice.next() - 1) }));
}

describe("the slope of a robust line", () => {
  it("is exact where there is no noise", () => {
    expect(theilSen(points(3, 0))).toEqual({ low: 3, middle: 3, high: 3 });
    expect(lineThrough(points(3, 0), 3)(10)).toBe(130);
  });

  it("has an interval that holds the true slope in about 95 of 100 runs", () => {
    const held = Array.from({ length: 200 }, (_, seed) => theilSen(points(0.2, 20, 60, seed))!).filter(
      ({ low, high }) => low <= 0.2 && high >= 0.2,
    );
    expect(held.length / 200).toBeGreaterThan(0.9);
  });

  it("is not turned by a few values that are far away", () => {
    const with6Far = points(1, 2).map((point, index) => (index % 10 === 9 ? { ...point, y: point.y + 10_000 } : point));
    expect(theilSen(with6Far)!.middle).toBeCloseTo(1, 0);
  });

  it("is none where all points have one place", () => {
    expect(theilSen([])).toBeUndefined();
    expect(
      theilSen([
        { x: 1, y: 1 },
        { x: 1, y: 2 },
      ]),
    ).toBeUndefined();
  });
});
