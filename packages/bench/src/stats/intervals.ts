import { normalCdf, normalQuantile, studentQuantile, studentTwoSided } from "./distributions.ts";
import { quantileSorted } from "./quantile.ts";

/** Of the level that the function was asked for, 95 % where it says nothing else. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What one bootstrap knows of a statistic: all that the methods below make an interval from. */
export interface Bootstrapped {
  /** From all groups as they were measured. */
  readonly estimate: number;
  /** One for each resample, in any order. */
  readonly replicates: ArrayLike<number>;
  /** How many groups were resampled. */
  readonly groups: number;
}

const LEVEL = 0.95;

/** An interval, and the two-sided p-value of the hypothesis that the statistic is 0: the level at which the interval's end would be 0. */
export interface Estimate extends Interval {
  readonly pValue: number;
  readonly standardError: number;
}

/**
 * Student's t interval around an estimate.
 *
 * @param degrees of freedom; 0 or less knows nothing of the spread, and the interval is without ends.
 */
export function studentInterval(estimate: number, standardError: number, degrees: number, level: number = LEVEL): Estimate {
  if (!(degrees > 0)) return { low: -Infinity, high: Infinity, pValue: 1, standardError: Infinity };
  if (standardError === 0) return { low: estimate, high: estimate, pValue: estimate === 0 ? 1 : 0, standardError };
  const reach = studentQuantile((1 + level) / 2, degrees) * standardError;
  return {
    low: estimate - reach,
    high: estimate + reach,
    pValue: studentTwoSided(estimate / standardError, degrees),
    standardError,
  };
}

/**
 * The bootstrap's standard error of a statistic of `groups` groups. Means of n resampled groups spread √((n − 1)/n) too little, which is
 * repaired: Hesterberg, T. C. (2015), What Teachers Should Know About the Bootstrap, The American Statistician 69(4), 371–386, §3.3 and §4.
 */
export function bootstrapError(replicates: ArrayLike<number>, groups: number): number {
  return groups < 2 ? Infinity : spread(replicates) * Math.sqrt(groups / (groups - 1));
}

/** Student's t interval with the bootstrap's standard error and n − 1 degrees of freedom: Hesterberg (2015), §5. */
export function bootstrapStudentInterval({ estimate, replicates, groups }: Bootstrapped, level: number = LEVEL): Estimate {
  return studentInterval(estimate, bootstrapError(replicates, groups), groups - 1, level);
}

/** Satterthwaite's degrees of freedom of a difference of two independent estimates (Welch 1947). */
export function welchDegrees(errors: readonly [number, number], groups: readonly [number, number]): number {
  const [first, second] = [errors[0] ** 2, errors[1] ** 2];
  if (first + second === 0) return Math.min(...groups) - 1;
  return (first + second) ** 2 / (first ** 2 / (groups[0] - 1) + second ** 2 / (groups[1] - 1));
}

/** The plain percentile interval: Efron and Tibshirani (1993), An Introduction to the Bootstrap, §13.3. */
export function percentileInterval({ replicates }: Pick<Bootstrapped, "replicates">, level: number = LEVEL): Interval {
  return between(sorted(replicates), (1 - level) / 2, (1 + level) / 2);
}

/**
 * The percentile interval with its tails moved outwards, to where Student's t with the unbiased standard error would put its ends if the
 * replicates were normal. It takes their shape from them, and needs ranks only: infinite replicates do not spoil it. Hesterberg (2015), §5.3.
 */
export function expandedInterval({ replicates, groups }: Pick<Bootstrapped, "replicates" | "groups">, level: number = LEVEL): Interval {
  return expandedBy(replicates, Math.sqrt(groups / (groups - 1)), groups - 1, level);
}

/**
 * {@link expandedInterval} where the standard error and its degrees of freedom come from elsewhere.
 *
 * @param widening the unbiased standard error over the replicates' own spread.
 */
export function expandedBy(replicates: ArrayLike<number>, widening: number, degrees: number, level: number = LEVEL): Interval {
  if (!(degrees > 0)) return { low: -Infinity, high: Infinity };
  const tail = normalCdf(-widening * studentQuantile((1 + level) / 2, degrees));
  return between(sorted(replicates), tail, 1 - tail);
}

/**
 * Bias-corrected and accelerated: Efron and Tibshirani (1993), §14.3.
 *
 * @param leftOut the statistic with each group left out once, for the acceleration.
 */
export function bcaInterval({ estimate, replicates }: Bootstrapped, leftOut: readonly number[], level: number = LEVEL): Interval {
  const ascending = sorted(replicates);
  let below = 0;
  for (const replicate of ascending) if (replicate < estimate) below++;
  // A bias of all or nothing would be infinite.
  const bias = normalQuantile((below + 0.5) / (ascending.length + 1));
  const mean = leftOut.reduce((sum, value) => sum + value, 0) / leftOut.length;
  const squares = leftOut.reduce((sum, value) => sum + (mean - value) ** 2, 0);
  const cubes = leftOut.reduce((sum, value) => sum + (mean - value) ** 3, 0);
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  const tail = (z: number): number => normalCdf(bias + (bias + z) / (1 - acceleration * (bias + z)));
  return between(ascending, tail(normalQuantile((1 - level) / 2)), tail(normalQuantile((1 + level) / 2)));
}

/**
 * Standard error by leaving one group out at a time: Efron and Tibshirani (1993), §11.2.
 *
 * @param leftOut the statistic without each group.
 * @param times how often each of these groups stands in the resample; once unless given.
 */
export function jackknifeError(leftOut: readonly number[], times: readonly number[] = leftOut.map(() => 1)): number {
  const count = times.reduce((sum, one) => sum + one, 0);
  const weighted = (of: (value: number) => number): number =>
    leftOut.reduce((sum, value, index) => sum + (times[index] ?? 0) * of(value), 0);
  const mean = weighted((value) => value) / count;
  return Math.sqrt(((count - 1) / count) * weighted((value) => (value - mean) ** 2));
}

/** Standard deviation, by all values and not all but one: the replicates are the whole distribution that is looked at. */
function spread(values: ArrayLike<number>): number {
  const [first = Number.NaN] = [values[0]];
  let sum = 0;
  // Around the first value: equal values then have a spread of exactly 0, whatever their size.
  for (let index = 0; index < values.length; index++) sum += (values[index] ?? Number.NaN) - first;
  const mean = sum / values.length;
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += ((values[index] ?? Number.NaN) - first - mean) ** 2;
  return Math.sqrt(squares / values.length);
}

function sorted(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

function between(ascending: Float64Array, low: number, high: number): Interval {
  return { low: quantileSorted(ascending, low), high: quantileSorted(ascending, high) };
}
