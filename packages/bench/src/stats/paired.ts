import { studentInterval, type Interval } from "./intervals.ts";
import type { PairGroup } from "./pair-group.ts";
import { quantileSorted } from "./quantile.ts";

/** What the pair groups say one by one: the mean of each group's own log ratio of a quantile, as Student's paired t-test has it. */
export interface PairedRatio {
  /** Geometric mean of the groups' ratios. */
  readonly ratio: number;
  /** 95 %. */
  readonly interval: Interval;
  /** Two-sided, of the hypothesis that the mean log ratio is 0. */
  readonly pValue: number;
  /** Of the mean log ratio; `Infinity` for one group. */
  readonly standardError: number;
}

/**
 * @returns `null` where a group's quantile is 0 on either side, which has no log.
 * @throws RangeError for no groups, or a group with an empty side.
 */
export function pairedRatio(groups: readonly PairGroup[], probability: number): PairedRatio | null {
  const logs = groups.map((group) => Math.log(quantileOf(group.numerator, probability) / quantileOf(group.denominator, probability)));
  if (!logs.every(Number.isFinite)) return null;
  const { mean, standardError } = meanWithError(logs);
  const { low, high, pValue } = studentInterval(mean, standardError, logs.length - 1);
  return { ratio: Math.exp(mean), interval: { low: Math.exp(low), high: Math.exp(high) }, pValue, standardError };
}

/** The p-value of the groups' own differences, for what can be 0. @throws RangeError as {@link pairedRatio} */
export function pairedDifferencePValue(groups: readonly PairGroup[], probability: number): number {
  const { mean, standardError } = meanWithError(
    groups.map((group) => quantileOf(group.numerator, probability) - quantileOf(group.denominator, probability)),
  );
  return studentInterval(mean, standardError, groups.length - 1).pValue;
}

/** The standard error is `Infinity` for one value. @throws RangeError for none */
export function meanWithError(values: readonly number[]): { readonly mean: number; readonly standardError: number } {
  const [first] = values;
  if (first === undefined) throw new RangeError("A mean needs at least one value.");
  if (values.length === 1) return { mean: first, standardError: Infinity };
  // Around the first value: equal values then have an error of exactly 0, whatever their size.
  const shift = values.reduce((sum, value) => sum + (value - first), 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - first - shift) ** 2, 0);
  return { mean: first + shift, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

function quantileOf(samples: ArrayLike<number>, probability: number): number {
  return quantileSorted(Float64Array.from(samples).sort(), probability);
}
