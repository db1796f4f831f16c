import type { Measured } from "./measure-metric.ts";

/** METHOD.md: a p50 is no headline alone where the means tell of another effect by more than a quarter. */
const QUARTER = 1.25;

/**
 * Whether a p50 hides what the mean shows: the ratio of the means over that of the medians is outside 0.8 to 1.25. Where there is no ratio,
 * the two differences are further apart than a quarter of the larger mean.
 */
export function doesMeanDiffer(median: Measured, mean: Measured): boolean {
  if (median.statistic !== 0.5 || "code" in median.evidence || "code" in mean.evidence) return false;
  const [one, other] = [median.evidence, mean.evidence];
  if (one.logRatio !== null && other.logRatio !== null) return Math.abs(other.logRatio.mean - one.logRatio.mean) > Math.log(QUARTER);
  return Math.abs(other.difference.mean - one.difference.mean) > (QUARTER - 1) * other.larger;
}
