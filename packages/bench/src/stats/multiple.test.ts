import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { benjaminiHochberg, holm } from "./multiple.ts";

/** The fifteen p-values of Benjamini and Hochberg (1995), §4.1, from Neuhaus et al. (1992). */
const published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0];
const rejected = (adjusted: readonly number[]): number => adjusted.filter((pValue) => pValue <= 0.05).length;
const somePValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

describe("many comparisons", () => {
  it("reject what the published example rejects: Holm three, Benjamini and Hochberg four, no correction nine", () => {
    expect(rejected(holm(published))).toBe(3);
    expect(rejected(benjaminiHochberg(published))).toBe(4);
    expect(rejected(published)).toBe(9);
  });

  it("adjust as R's p.adjust, in the order that they came in", () => {
    // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"), "BH"
    for (const [index, expected] of [0.03, 0.06, 0.06, 0.02].entries())
      expect(holm([0.01, 0.04, 0.03, 0.005])[index]).toBeCloseTo(expected, 12);
    for (const [index, expected] of [0.02, 0.04, 0.04, 0.02].entries())
      expect(benjaminiHochberg([0.01, 0.04, 0.03, 0.005])[index]).toBeCloseTo(expected, 12);
  });

  it("reject step by step as the definitions have it", () => {
    fc.assert(
      fc.property(somePValues, (pValues) => {
        const ascending = pValues.toSorted((left, right) => left - right);
        const count = ascending.length;
        const stop = ascending.findIndex((pValue, rank) => (count - rank) * pValue > 0.05);
        expect(rejected(holm(pValues))).toBe(stop < 0 ? count : stop);
        expect(rejected(benjaminiHochberg(pValues))).toBe(ascending.findLastIndex((p, rank) => (p * count) / (rank + 1) <= 0.05) + 1);
      }),
    );
  });

  it("do not change a single one, never lower any, and keep the order", () => {
    expect(holm([0.03])).toEqual([0.03]);
    expect(benjaminiHochberg([0.03])).toEqual([0.03]);
    fc.assert(
      fc.property(somePValues, (pValues) => {
        for (const adjusted of [holm(pValues), benjaminiHochberg(pValues)]) {
          expect(pValues.every((pValue, index) => (adjusted[index] ?? 0) >= pValue)).toBe(true);
          const byPValue = [...pValues.keys()].toSorted((left, right) => (pValues[left] ?? 0) - (pValues[right] ?? 0));
          const inOrder = byPValue.map((index) => adjusted[index] ?? Number.NaN);
          expect(inOrder).toEqual(inOrder.toSorted((left, right) => left - right));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("refuse an invalid p-value", () => {
    expect(() => holm([0.5, 1.1])).toThrow("not 1.1");
    expect(() => benjaminiHochberg([Number.NaN])).toThrow(RangeError);
  });
});
