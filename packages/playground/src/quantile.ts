/**
 * Quantile of samples in any order, as reports of the benchmark have it: Hyndman and Fan's type 7 (linear between order statistics).
 *
 * Hyndman, R. J. and Fan, Y. (1996), Sample Quantiles in Statistical Packages, The American Statistician 50(4), 361–365.
 *
 * @returns NaN where there are no samples
 */
export function quantile(samples: readonly number[], probability: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = (sorted.length - 1) * probability;
  const below = Math.floor(rank);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (rank - below);
}
