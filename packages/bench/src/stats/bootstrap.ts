import { quantileSorted } from "./quantile.ts";
import type { Random } from "./random.ts";
import { ResamplePool } from "./resample-pool.ts";

/** Both sides of one pair group. Samples inside a block depend on one another, so a group is drawn whole or not at all. */
export interface PairGroup {
  readonly numerator: ArrayLike<number>;
  readonly denominator: ArrayLike<number>;
}

/** 95 %, percentile bootstrap. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** One quantile of two arms. A ratio is `Infinity` where only the denominator is 0, and 1 where both are. */
export interface QuantileComparison {
  readonly quantile: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly ratio: number;
  readonly ratioInterval: Interval;
  /** Numerator minus denominator, in the samples' unit. */
  readonly difference: number;
  readonly differenceInterval: Interval;
}

export const DEFAULT_RESAMPLES = 2_000;
const TAIL = 0.025;

/**
 * Ratio and difference of quantiles of the pooled samples, each with a 95 % percentile interval from resamples of whole pair groups.
 *
 * Both sides of a group are drawn together, which keeps what a group's neighbours in time share out of the interval. Davison and Hinkley
 * (1997), Bootstrap Methods and their Application, §3.8 (hierarchical data: resample the outermost level) and §5.3.1 (percentile limits).
 *
 * @throws RangeError for no groups, a group with an empty side, or fewer than 1 resample.
 */
export function compareQuantiles(
  groups: readonly PairGroup[],
  quantiles: readonly number[],
  options: { readonly random: Random; readonly resamples?: number },
): QuantileComparison[] {
  const resamples = checkedResamples(options.resamples);
  if (groups.length === 0) throw new RangeError("A bootstrap of no groups has no interval.");
  if (groups.some((group) => group.numerator.length === 0 || group.denominator.length === 0)) {
    throw new RangeError("A pair group needs samples on both sides.");
  }
  const numerators = new ResamplePool(groups.map((group) => group.numerator));
  const denominators = new ResamplePool(groups.map((group) => group.denominator));
  const ratios = quantiles.map(() => new Float64Array(resamples));
  const differences = quantiles.map(() => new Float64Array(resamples));
  const weights = new Uint32Array(groups.length);

  for (let resample = 0; resample < resamples; resample++) {
    drawWeights(weights, options.random);
    for (const [index, probability] of quantiles.entries()) {
      const numerator = numerators.quantile(weights, probability);
      const denominator = denominators.quantile(weights, probability);
      (ratios[index] ?? new Float64Array())[resample] = ratioOf(numerator, denominator);
      (differences[index] ?? new Float64Array())[resample] = numerator - denominator;
    }
  }

  return quantiles.map((probability, index) => {
    const numerator = quantileSorted(numerators.sorted, probability);
    const denominator = quantileSorted(denominators.sorted, probability);
    return {
      quantile: probability,
      numerator,
      denominator,
      ratio: ratioOf(numerator, denominator),
      ratioInterval: percentileInterval(ratios[index] ?? new Float64Array()),
      difference: numerator - denominator,
      differenceInterval: percentileInterval(differences[index] ?? new Float64Array()),
    };
  });
}

/**
 * The ratio of one quantile between two sets of groups that were not run next to each other, such as two conditions: each set is resampled by
 * itself, so what drifted between them widens the interval.
 *
 * @throws RangeError as {@link compareQuantiles}.
 */
export function compareIndependent(
  numerators: readonly ArrayLike<number>[],
  denominators: readonly ArrayLike<number>[],
  probability: number,
  options: { readonly random: Random; readonly resamples?: number },
): { readonly ratio: number; readonly interval: Interval } {
  const resamples = checkedResamples(options.resamples);
  if (numerators.length === 0 || denominators.length === 0) throw new RangeError("A bootstrap of no groups has no interval.");
  if ([...numerators, ...denominators].some((group) => group.length === 0)) throw new RangeError("Each group needs samples.");
  const above = new ResamplePool(numerators);
  const below = new ResamplePool(denominators);
  const aboveWeights = new Uint32Array(numerators.length);
  const belowWeights = new Uint32Array(denominators.length);
  const ratios = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    drawWeights(aboveWeights, options.random);
    drawWeights(belowWeights, options.random);
    ratios[resample] = ratioOf(above.quantile(aboveWeights, probability), below.quantile(belowWeights, probability));
  }
  const ratio = ratioOf(quantileSorted(above.sorted, probability), quantileSorted(below.sorted, probability));
  return { ratio, interval: percentileInterval(ratios) };
}

/** 0/0 is "the same", not NaN: two arms that both replayed nothing do not differ. */
export function ratioOf(numerator: number, denominator: number): number {
  return numerator === denominator ? 1 : numerator / denominator;
}

export function contains(interval: Interval, value: number): boolean {
  return interval.low <= value && value <= interval.high;
}

function checkedResamples(resamples = DEFAULT_RESAMPLES): number {
  if (Number.isInteger(resamples) && resamples >= 1) return resamples;
  throw new RangeError(`Resamples are a whole number from 1 on, not ${resamples}.`);
}

function drawWeights(weights: Uint32Array, random: Random): void {
  weights.fill(0);
  for (let draw = 0; draw < weights.length; draw++) {
    const group = Math.floor(random() * weights.length);
    weights[group] = (weights[group] ?? 0) + 1;
  }
}

function percentileInterval(replicates: Float64Array): Interval {
  const sorted = replicates.sort();
  return { low: quantileSorted(sorted, TAIL), high: quantileSorted(sorted, 1 - TAIL) };
}
