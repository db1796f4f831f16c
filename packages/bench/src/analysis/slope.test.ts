import { describe, expect, it } from "vitest";
import { BYTES_PER_CLIENT, makeHerd } from "../../test/fixtures/herd.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { leastSquares, memorySlopes } from "./slope.ts";

describe("a slope of memory", () => {
  it("is the least-squares slope", () => {
    const at = (x: number, y: number): { pair: number; x: number; y: number } => ({ pair: 0, x, y });
    expect(leastSquares([at(1, 3), at(2, 5), at(3, 7)])).toEqual({ slope: 2, intercept: 1 });
    // Anscombe's first set (1973): y = 3.00 + 0.500 x.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const fit = leastSquares(x.map((one, index) => at(one, y[index] ?? 0)));
    expect(fit?.slope).toBeCloseTo(0.5, 3);
    expect(fit?.intercept).toBeCloseTo(3, 2);
    expect(leastSquares([at(1, 3), at(1, 5)])).toBeNull();
  });

  it("estimates the cost of one more client for each arm, reproducibly from the seed", () => {
    const [set, ...more] = memorySlopes(makeHerd(), 1);
    expect(more).toEqual([]);
    expect([set?.value, set?.factor]).toEqual(["residentBytes", "clients"]);
    for (const { arm, interval } of set?.slopes ?? []) {
      const truth = BYTES_PER_CLIENT[arm as "sse" | "ws"];
      expect(interval.low).toBeLessThan(truth);
      expect(interval.high).toBeGreaterThan(truth);
      expect((interval.high ?? 0) - (interval.low ?? 0)).toBeLessThan(truth / 10);
    }
    expect(memorySlopes(makeHerd(), 1)).toEqual(memorySlopes(makeHerd(), 1));
  });

  it("is of settings that differ in numbers alone", () => {
    const herd = makeHerd();
    const { id, ...first } = herd.conditions[0]!;
    const other = { ...first, id: "compressed", factors: { ...first.factors, compressed: "yes" } };
    const conditions = [...herd.conditions.map((one) => ({ ...one, factors: { ...one.factors, compressed: "no" } })), other];
    const larger = herd.blocks.flatMap((block) =>
      block.condition === id
        ? [{ ...block, condition: "compressed", values: Object.fromEntries(Object.keys(block.values).map((name) => [name, 1e12])) }]
        : [],
    );
    expect(larger.length).toBeGreaterThan(0);
    for (const blocks of [
      [...herd.blocks, ...larger],
      [...larger, ...herd.blocks],
    ])
      expect(memorySlopes({ ...herd, conditions: [other, ...conditions.slice(0, -1)], blocks }, 1)).toEqual(memorySlopes(herd, 1));
  });

  it("uses the levels within a block as its points", () => {
    const herd = makeHerd();
    const [byCondition] = memorySlopes(herd, 1);
    const blocks = herd.blocks.map((block) => ({
      ...block,
      values: { "client@0": 5_000, "client@10": 5_000 + 10 * 700, "client@20": 19_000 },
    }));
    const [set, ...more] = memorySlopes({ ...herd, blocks }, 1);
    expect(more).toEqual([]);
    expect([set?.value, set?.factor]).toEqual(["client", byCondition?.factor]);
    expect(set?.slopes.map(({ slope, intercept }) => [Math.round(slope), Math.round(intercept)])).toEqual([
      [700, 5_000],
      [700, 5_000],
    ]);
  });

  it("has no interval from a single pair group, and is absent when no metric is memory", () => {
    expect(memorySlopes(makeHerd(1), 1)[0]?.slopes[0]?.interval).toEqual({ low: null, high: null });
    for (const scenario of makeResults().scenarios) expect(memorySlopes(scenario, 1)).toEqual([]);
  });
});
