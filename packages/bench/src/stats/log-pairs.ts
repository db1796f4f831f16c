/**
 * Two levels that were measured together several times, each time with luck that both share: how much one is above the other, in their own unit.
 *
 * The logarithms are taken to be normal. So the levels are geometric means, and the difference depends on both the ratio and how high they are.
 */
import { studentQuantile } from "./distributions.ts";
import { studentInterval, type Estimate, type Interval } from "./intervals.ts";
import { meanOf } from "./statistic.ts";

/** Logarithms of two levels, measured at once. */
export interface LogPair {
  readonly first: number;
  readonly second: number;
}

/** Of one pair of logarithms. */
export interface PairSpread {
  readonly firstVariance: number;
  readonly secondVariance: number;
  readonly covariance: number;
  readonly degrees: number;
}

/** Variances and covariance within groups, pooled over the groups. @returns `null` where no group has two pairs */
export function pooledSpread(groups: readonly (readonly LogPair[])[]): PairSpread | null {
  const degrees = groups.reduce((sum, pairs) => sum + Math.max(0, pairs.length - 1), 0);
  if (degrees === 0) return null;
  const deviations = groups.flatMap((pairs) => {
    if (pairs.length === 0) return [];
    const mean = meanPair(pairs);
    return pairs.map(({ first, second }) => ({ first: first - mean.first, second: second - mean.second }));
  });
  const pooled = (product: (of: LogPair) => number): number => deviations.reduce((sum, one) => sum + product(one), 0) / degrees;
  return {
    firstVariance: pooled(({ first }) => first * first),
    secondVariance: pooled(({ second }) => second * second),
    covariance: pooled(({ first, second }) => first * second),
    degrees,
  };
}

/** @throws RangeError for no pairs. */
export function meanPair(pairs: readonly LogPair[]): LogPair {
  return { first: meanOf(pairs.map(({ first }) => first)), second: meanOf(pairs.map(({ second }) => second)) };
}

/** The standard deviation of one pair's log ratio. */
export function ratioDeviation({ firstVariance, secondVariance, covariance }: PairSpread): number {
  return Math.sqrt(Math.max(0, firstVariance + secondVariance - 2 * covariance));
}

/** 0 where one of the two does not vary. */
export function correlationOf({ firstVariance, secondVariance, covariance }: PairSpread): number {
  const both = Math.sqrt(firstVariance * secondVariance);
  return both === 0 ? 0 : Math.max(-1, Math.min(1, covariance / both));
}

/** Second minus first, in the levels' unit. */
export function levelDifference({ first, second }: LogPair): number {
  return Math.exp(second) - Math.exp(first);
}

interface Errors {
  /** How many pairs the mean is of. */
  readonly pairs: number;
  /** What errors are multiplied with, where a control says that they are too small. */
  readonly errorsMultipliedBy: number;
}

/** Student's interval of the log ratio, and the p-value of the hypothesis that the levels are alike. */
export function logRatioTest({ first, second }: LogPair, spread: PairSpread, { pairs, errorsMultipliedBy }: Errors): Estimate {
  return studentInterval(second - first, (errorsMultipliedBy * ratioDeviation(spread)) / Math.sqrt(pairs), spread.degrees);
}

/** Half a degree: the ends are then exact to a hundred-thousandth of the interval. */
const ANGLES = 720;

/**
 * The least and the largest difference of all pairs of levels that are within Student's *t* errors of the mean, in whatever direction: an ellipse
 * around the two logarithms. It is the profile interval (Bates, D. M. and Watts, D. G. (1988), Nonlinear Regression Analysis and Its Applications,
 * chapter 6), and Student's own where the difference is linear. It excludes 0 exactly where Student's interval of the log ratio does. The delta
 * method is its first term: with few degrees of freedom and a large spread, its upper end is too low.
 */
export function levelDifferenceInterval(
  mean: LogPair,
  spread: PairSpread,
  { pairs, errorsMultipliedBy, level }: Errors & { readonly level: number },
): Interval {
  const reach = (studentQuantile((1 + level) / 2, spread.degrees) * errorsMultipliedBy) / Math.sqrt(pairs);
  const correlation = correlationOf(spread);
  const rest = Math.sqrt(1 - correlation * correlation);
  const [first, second] = [spread.firstVariance, spread.secondVariance].map((variance) => reach * Math.sqrt(variance));
  let [low, high] = [Infinity, -Infinity];
  for (let step = 0; step < ANGLES; step++) {
    const angle = (2 * Math.PI * step) / ANGLES;
    const difference = levelDifference({
      first: mean.first + (first ?? 0) * (correlation * Math.cos(angle) + rest * Math.sin(angle)),
      second: mean.second + (second ?? 0) * Math.cos(angle),
    });
    low = Math.min(low, difference);
    high = Math.max(high, difference);
  }
  return { low, high };
}
