import { studentQuantile, studentTwoSided } from "./distributions.ts";

/** Of the level that the function was asked for, 95 % where it says nothing else. */
export interface Interval {
  readonly low: number;
  readonly high: number;
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
