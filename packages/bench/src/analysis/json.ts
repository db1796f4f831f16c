import type { Interval } from "../stats/index.ts";
import type { JsonInterval } from "./types.ts";

export function jsonInterval({ low, high }: Interval): JsonInterval {
  return { low: jsonNumber(low), high: jsonNumber(high) };
}

/** JSON has no infinity. */
export function jsonNumber(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
