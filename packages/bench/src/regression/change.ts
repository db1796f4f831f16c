import { drawGroups, quantileSorted, ResamplePool, seededRandom, type Interval } from "../stats/index.ts";
import { studentQuantile } from "./student.ts";

/** One quantile before and after. */
export interface Change {
  readonly before: number;
  readonly after: number;
  /** After over before; `null` where values of 0 and below leave no ratio. */
  readonly ratio: number | null;
  readonly ratioInterval: Interval | null;
  /** After minus before, in the samples' unit. */
  readonly difference: number;
  readonly differenceInterval: Interval;
}

export interface ChangeOptions {
  readonly seed: number;
  readonly resamples: number;
  /** Of the interval, such as 0.95; with many figures looked at, more (see {@link simultaneousLevel}). */
  readonly level: number;
}

/** Bonferroni: all intervals together cover with 95 %, so that one alarm in all the figures looked at is a one-in-twenty event. */
export function simultaneousLevel(figures: number): number {
  return 1 - 0.05 / Math.max(1, figures);
}

/**
 * How a quantile changed between two runs, each a list of blocks that are resampled whole and apart from the other run's.
 *
 * The interval is the estimate ± Student's quantile × the bootstrap's standard error, on the log of the ratio where all values are above 0.
 * Percentiles of a bootstrap of 5 to 10 groups cannot reach the tails that many comparisons need; a t interval can, and is honestly wide
 * there. Degrees of freedom: Welch and Satterthwaite. Davison and Hinkley (1997), Bootstrap Methods and their Application, §5.2.
 *
 * @throws RangeError for fewer than 2 blocks on a side, or an empty one
 */
export function changeOf(
  before: readonly ArrayLike<number>[],
  after: readonly ArrayLike<number>[],
  probability: number,
  { seed, resamples, level }: ChangeOptions,
): Change {
  const random = seededRandom(seed);
  const old = replicatesOf(before, probability, resamples, random);
  const now = replicatesOf(after, probability, resamples, random);
  const difference = now.value - old.value;
  const hasRatio = old.lowest > 0 && now.lowest > 0;
  const logs = hasRatio ? [old.replicates.map(Math.log), now.replicates.map(Math.log)] : null;
  const ratio = hasRatio ? now.value / old.value : null;
  const logMargin = logs === null ? 0 : margin(logs[0] ?? [], before.length, logs[1] ?? [], after.length, level);
  const ownMargin = margin(old.replicates, before.length, now.replicates, after.length, level);
  return {
    before: old.value,
    after: now.value,
    ratio,
    ratioInterval: ratio === null ? null : { low: ratio * Math.exp(-logMargin), high: ratio * Math.exp(logMargin) },
    difference,
    differenceInterval: { low: difference - ownMargin, high: difference + ownMargin },
  };
}

function replicatesOf(
  groups: readonly ArrayLike<number>[],
  probability: number,
  resamples: number,
  random: () => number,
): { readonly value: number; readonly lowest: number; readonly replicates: readonly number[] } {
  if (groups.length < 2) throw new RangeError("A spread needs at least 2 blocks.");
  if (groups.some((group) => group.length === 0)) throw new RangeError("Each block needs samples.");
  const pool = new ResamplePool(groups);
  const weights = new Uint32Array(groups.length);
  const replicates = Array.from({ length: resamples }, () => {
    drawGroups(weights, random);
    return pool.quantile(weights, probability);
  });
  return { value: quantileSorted(pool.sorted, probability), lowest: pool.sorted[0] ?? 0, replicates };
}

function margin(old: readonly number[], oldGroups: number, now: readonly number[], nowGroups: number, level: number): number {
  // A bootstrap's variance is (n − 1)/n of what it estimates.
  const [a, b] = [(variance(old) * oldGroups) / (oldGroups - 1), (variance(now) * nowGroups) / (nowGroups - 1)];
  if (a + b === 0) return 0;
  const degrees = (a + b) ** 2 / (a ** 2 / (oldGroups - 1) + b ** 2 / (nowGroups - 1));
  return studentQuantile(1 - (1 - level) / 2, Math.max(1, degrees)) * Math.sqrt(a + b);
}

function variance(values: readonly number[]): number {
  // Equal figures have none; their mean, rounded, would give them one.
  if (values.every((value) => value === values[0])) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
