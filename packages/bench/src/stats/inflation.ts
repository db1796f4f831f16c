import { binomialCdf, normalQuantile } from "./distributions.ts";

/** The median of χ² with one degree of freedom, 0.455. */
const MEDIAN = normalQuantile(0.75) ** 2;
/** Smaller ones are as good as this: only ranks count, and the normal tail has no more digits. */
const LEAST = 1e-14;

/**
 * How much too large the test statistics are where there is nothing to find: the median χ² of the p-values over what it should be. 1 where
 * standard errors are right; errors times its root make them so.
 *
 * Devlin, B. and Roeder, K. (1999), Genomic Control for Association Studies, Biometrics 55(4), 997–1004.
 *
 * @returns 1 for no p-values. Of an even number it takes the upper of the two in the middle, as {@link inflationBound} does.
 */
export function inflationOf(pValues: readonly number[]): number {
  if (pValues.length === 0) return 1;
  const statistics = pValues.map((pValue) => normalQuantile(Math.max(pValue, LEAST) / 2) ** 2).sort((left, right) => left - right);
  return (statistics[middle(pValues.length) - 1] ?? Number.NaN) / MEDIAN;
}

/** What chance exceeds with probability 1 − `level`, of so many independent p-values: the distribution of an order statistic. */
export function inflationBound(count: number, level: number): number {
  if (count === 0) return 1;
  // P(k-th smallest ≤ x) is that k or more of all are; F is the share of χ² up to x.
  const exceeds = (share: number): boolean => 1 - binomialCdf(middle(count) - 1, count, share) >= level;
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step++) {
    const share = (low + high) / 2;
    if (exceeds(share)) high = share;
    else low = share;
  }
  return normalQuantile((1 + high) / 2) ** 2 / MEDIAN;
}

function middle(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** Each p-value, ascending, beside the one that is expected at its rank where nothing is to be found. */
export function quantilePairs(pValues: readonly number[]): { readonly expected: number; readonly observed: number }[] {
  return pValues.toSorted((left, right) => left - right).map((observed, rank) => ({ expected: (rank + 0.5) / pValues.length, observed }));
}
