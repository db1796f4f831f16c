import { quantileSorted, sortedSamples } from "./quantile.ts";

/** What is taken of a block's samples: a quantile, by its probability, or the mean. */
export type Statistic = number | "mean";

/** @throws RangeError for no samples, or a probability outside [0, 1]. */
export function statisticOf(samples: readonly number[], statistic: Statistic): number {
  return statistic === "mean" ? meanOf(samples) : quantileSorted(sortedSamples(samples), statistic);
}

/** @throws RangeError for no values. */
export function meanOf(values: readonly number[]): number {
  const [first] = values;
  if (first === undefined) throw new RangeError("A mean needs at least one value.");
  // Around the first value: the mean of equal values is then exactly that value, however many there are.
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}
