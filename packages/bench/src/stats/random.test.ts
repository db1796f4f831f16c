import { describe, expect, it } from "vitest";
import { deriveSeed, seededRandom } from "./random.ts";

const draws = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
};

describe("seededRandom", () => {
  it("gives the same numbers for the same seed, and others for another", () => {
    expect(draws(7, 5)).toEqual(draws(7, 5));
    expect(draws(7, 5)).not.toEqual(draws(8, 5));
  });

  it("is uniform on [0, 1): each tenth gets a tenth", () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const draw of draws(1, 100_000)) tenths[Math.floor(draw * 10)] = (tenths[Math.floor(draw * 10)] ?? 0) + 1;
    expect(tenths).toHaveLength(10);
    // Five standard deviations of a binomial count with n = 100,000, p = 0.1.
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475);
  });
});

describe("deriveSeed", () => {
  it("depends on the seed, on each label and on the boundaries between labels", () => {
    const seeds = [deriveSeed(1, "a", "b"), deriveSeed(2, "a", "b"), deriveSeed(1, "b", "a"), deriveSeed(1, "ab", ""), deriveSeed(1, "a")];
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(deriveSeed(1, "a", "b")).toBe(seeds[0]);
  });
});
