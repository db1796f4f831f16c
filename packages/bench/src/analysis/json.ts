import type { Interval, QuantileComparison } from "../stats/index.ts";
import type { Effect, JsonInterval } from "./facts/index.ts";

export function jsonInterval({ low, high }: Interval): JsonInterval {
  return { low: jsonNumber(low), high: jsonNumber(high) };
}

/** JSON has no infinity. */
export function jsonNumber(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function jsonEffect(effect: QuantileComparison): Effect {
  return {
    ratio: jsonNumber(effect.ratio),
    interval: jsonInterval(effect.ratioInterval),
    pValue: effect.pValue,
    difference: effect.difference,
    differenceInterval: jsonInterval(effect.differenceInterval),
  };
}
