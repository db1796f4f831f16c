import { describe, expect, it } from "vitest";
import { formatDifference, formatInterval, formatNumber, formatRatio, formatValue, listOf, plural, quantileName } from "./format.ts";

describe("formats", () => {
  it("write three significant digits, thousands separators and a true minus", () => {
    expect([0.0451, 0.5, 1.234, 12.34, 123.4, 1_234_567, 3, 0].map(formatNumber)).toEqual([
      "0.045",
      "0.500",
      "1.23",
      "12.3",
      "123",
      "1,234,567",
      "3",
      "0",
    ]);
    expect(formatNumber(-1.5)).toBe("−1.50");
    expect(formatNumber(-0.0001)).toBe("0.000");
  });

  it("write a value with its unit, a difference with its sign, and a missing value as a dash", () => {
    expect(formatValue(2.31, "ms")).toBe("2.31 ms");
    expect(formatValue(486, "bytes")).toBe("486 B");
    expect(formatValue(3, "count")).toBe("3");
    expect(formatValue(null, "ms")).toBe("–");
    expect(formatDifference(0.42, "ms")).toBe("+0.420 ms");
    expect(formatDifference(-355, "bytes")).toBe("−355 B");
  });

  it("write a ratio with two decimals, and one over zero as infinite", () => {
    expect([0.78, 1, 12.34, 0.0123, null].map(formatRatio)).toEqual(["0.78", "1.00", "12.3", "0.012", "∞"]);
    expect(formatInterval({ low: 0.71, high: null })).toBe("0.71–∞");
  });

  it("name quantiles as people do", () => {
    expect([0.5, 0.9, 0.99, 0.999].map(quantileName)).toEqual(["p50", "p90", "p99", "p99.9"]);
  });

  it("join lists and count things", () => {
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listOf)).toEqual(["", "a", "a and b", "a, b and c"]);
    expect([plural(1, "block"), plural(1_200, "block")]).toEqual(["1 block", "1,200 blocks"]);
  });
});
