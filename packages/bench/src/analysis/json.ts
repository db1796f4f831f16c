import { meanInterval, type GroupEffects, type Interval } from "../stats/index.ts";
import type { Effect, JsonInterval, Size } from "./facts/index.ts";
import { judge, pValueOf, sizeOf, transports, type Evidence } from "./verdict.ts";

export function jsonInterval({ low, high }: Interval): JsonInterval {
  return { low: jsonNumber(low), high: jsonNumber(high) };
}

/** JSON has no infinity. */
export function jsonNumber(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** @param effects with the control's inflation in them */
export function jsonEffect(effects: GroupEffects): Effect {
  const { logRatio, difference } = effects;
  const { low, high } = meanInterval(difference);
  return {
    ...jsonRatio(logRatio === null ? null : { ...meanInterval(logRatio), mean: logRatio.mean }),
    pValue: pValueOf(effects),
    difference: difference.mean,
    differenceInterval: jsonInterval({ low, high }),
  };
}

/** @param logRatio its logarithm with the interval of it; `null` for none */
export function jsonRatio(logRatio: (Interval & { readonly mean: number }) | null): Pick<Effect, "ratio" | "interval"> {
  if (logRatio === null) return { ratio: null, interval: { low: null, high: null } };
  const { mean, low, high } = logRatio;
  return { ratio: jsonNumber(Math.exp(mean)), interval: jsonInterval({ low: Math.exp(low), high: Math.exp(high) }) };
}

/** @returns `null` for a metric that names no kind */
export function jsonSize(evidence: Evidence, adjustedPValue: number): Size | null {
  const { smallest } = evidence;
  if (smallest === null) return null;
  const { kind, scale, size, atLeastMs, others } = smallest;
  const tested = sizeOf(evidence, smallest);
  const interval =
    tested === null
      ? null
      : scale === "unit"
        ? tested.interval
        : { low: Math.exp(tested.interval.low), high: Math.exp(tested.interval.high) };
  return {
    kind,
    scale,
    smallest: size,
    atLeastMs,
    interval: interval === null ? null : jsonInterval(interval),
    others: others.map((other) => ({
      smallest: other,
      verdict: judge({ ...evidence, smallest: { ...smallest, size: other } }, adjustedPValue, transports).kind,
    })),
  };
}
