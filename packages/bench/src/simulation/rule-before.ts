/**
 * The rule until 2026-11-29, kept to be compared with the one after it: nothing but the simulation uses it.
 *
 * A difference needed four things: the bootstrap's interval of the ratio of pooled quantiles excludes 1; the corrected p-value of a paired test
 * is at most 5 %; the effect lies outside the intervals of both controls, of which a coin decides the numerator; and the size of a timer's step,
 * which synthetic latencies do not have.
 */
import { normalCdf } from "../stats/distributions.ts";
import {
  drawGroups,
  meanInterval,
  meanWithError,
  quantileSorted,
  ResamplePool,
  studentQuantile,
  type ControlPair,
  type Interval,
  type PairGroup,
  type Random,
} from "../stats/index.ts";

/** Both sides of a group, pooled. */
export interface PooledGroup {
  readonly numerator: ArrayLike<number>;
  readonly denominator: ArrayLike<number>;
}

export interface BootstrapOptions {
  readonly random: Random;
  readonly resamples: number;
}

export interface QuantileRatio {
  readonly ratio: number;
  readonly interval: Interval;
  /** Of the paired test, of this comparison alone. */
  readonly pValue: number;
}

export function pooled(groups: readonly PairGroup[]): PooledGroup[] {
  return groups.map(({ numerator, denominator }) => ({ numerator: numerator.flat(), denominator: denominator.flat() }));
}

/** A coin for each group says which block is the numerator: what made verdicts depend on the analysis seed. */
export function coinControl(pairs: readonly ControlPair[], random: Random): PooledGroup[] {
  return pairs.map(({ first, second }) =>
    random() < 0.5 ? { numerator: first, denominator: second } : { numerator: second, denominator: first },
  );
}

/**
 * Ratio of quantiles of the pooled samples, with a 95 % interval from resamples of whole pair groups, both sides of a group together: Davison
 * and Hinkley (1997), Bootstrap Methods and their Application, §3.8. The p-value is that of Student's paired t-test of the groups' log ratios.
 *
 * @throws RangeError for no groups, a group with an empty side, or fewer than 1 resample.
 */
export function compareQuantile(
  groups: readonly PooledGroup[],
  probability: number,
  { random, resamples }: BootstrapOptions,
): QuantileRatio {
  if (groups.length === 0) throw new RangeError("A bootstrap needs at least one group.");
  if (groups.some((group) => group.numerator.length === 0 || group.denominator.length === 0)) {
    throw new RangeError("A pair group needs samples on both sides.");
  }
  if (!(Number.isInteger(resamples) && resamples >= 1)) {
    throw new RangeError(`The number of resamples must be a whole number above 0, not ${resamples}.`);
  }
  const above = new ResamplePool(groups.map((group) => group.numerator));
  const below = new ResamplePool(groups.map((group) => group.denominator));
  const weights = new Uint32Array(groups.length);
  const replicates = Float64Array.from({ length: resamples }, () => {
    drawGroups(weights, random);
    return above.quantile(weights, probability) / below.quantile(weights, probability);
  });
  const logs = groups.map(({ numerator, denominator }) =>
    Math.log(quantileOf(numerator, probability) / quantileOf(denominator, probability)),
  );
  return {
    ratio: quantileSorted(above.sorted, probability) / quantileSorted(below.sorted, probability),
    interval: expandedInterval(replicates, groups.length),
    pValue: meanInterval(meanWithError(logs)).pValue,
  };
}

function quantileOf(samples: ArrayLike<number>, probability: number): number {
  return quantileSorted(Float64Array.from(samples).sort(), probability);
}

/**
 * The percentile interval with its tails moved outwards, to where Student's t with the unbiased standard error would put its ends if the
 * replicates were normal. Hesterberg, T. C. (2015), What Teachers Should Know About the Bootstrap, The American Statistician 69(4), §5.3.
 */
export function expandedInterval(replicates: ArrayLike<number>, groups: number): Interval {
  if (groups < 2) return { low: -Infinity, high: Infinity };
  const tail = normalCdf(-Math.sqrt(groups / (groups - 1)) * studentQuantile(0.975, groups - 1));
  const ascending = Float64Array.from(replicates).sort();
  return { low: quantileSorted(ascending, tail), high: quantileSorted(ascending, 1 - tail) };
}

/** Which side was called lower; `null` for neither. */
export function judgeBefore(
  { ratio, interval }: QuantileRatio,
  controls: readonly QuantileRatio[],
  adjustedPValue: number,
): "numerator" | "denominator" | null {
  const isOutside = controls.every((control) => !contains(control.interval, ratio));
  if (contains(interval, 1) || adjustedPValue > 0.05 || !isOutside) return null;
  return ratio < 1 ? "numerator" : "denominator";
}

function contains({ low, high }: Interval, value: number): boolean {
  return low <= value && value <= high;
}
