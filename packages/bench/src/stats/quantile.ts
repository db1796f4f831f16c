/** Ascending, as numbers and not as text; the input is left alone. */
export function sortedSamples(samples: readonly number[]): Float64Array {
  return Float64Array.from(samples).sort();
}

/**
 * Quantile of ascending samples: Hyndman and Fan's type 7 (linear between order statistics; R's and NumPy's default).
 *
 * Hyndman, R. J. and Fan, Y. (1996), Sample Quantiles in Statistical Packages, The American Statistician 50(4), 361–365.
 *
 * @throws RangeError for no samples, or a probability outside [0, 1].
 */
export function quantileSorted(sorted: ArrayLike<number>, probability: number): number {
  if (sorted.length === 0) throw new RangeError("A quantile needs at least one sample.");
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`A quantile's probability must be from 0 to 1, not ${probability}.`);
  const rank = (sorted.length - 1) * probability;
  const below = Math.floor(rank);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return interpolate(low, high, rank - below);
}

/** Quantile (type 7) of samples in any order. @throws RangeError as {@link quantileSorted}. */
export function quantile(samples: readonly number[], probability: number): number {
  return quantileSorted(sortedSamples(samples), probability);
}

/** Equal ends give themselves: `Infinity - Infinity` must not turn two infinite bounds into NaN, nor rounding make two equal samples differ. */
export function interpolate(low: number, high: number, share: number): number {
  if (low === high || share === 0) return low;
  return low + (high - low) * share;
}

/**
 * How many pooled samples a quantile needs before it is shown: METHOD.md's 1,000 for p99 and 10,000 for p99.9, and ten expected beyond the
 * quantile for those between and above. Below p99 there is no such bar: the interval says how little is known.
 */
export function samplesNeeded(probability: number | "mean"): number {
  // 1 − 0.999 is not exactly 0.001: rounded, the bar is the whole number that METHOD.md names.
  return probability === "mean" || probability < 0.99 ? 1 : Math.round(10 / (1 - probability));
}
