import { drawGroups } from "./draw-groups.ts";
import { bootstrapError, expandedBy, expandedInterval, welchDegrees, type Interval } from "./intervals.ts";
import type { PairGroup } from "./pair-group.ts";
import { pairedDifferencePValue, pairedRatio, type PairedRatio } from "./paired.ts";
import { quantileSorted } from "./quantile.ts";
import type { Random } from "./random.ts";
import { ResamplePool } from "./resample-pool.ts";

/** One quantile of two arms, with 95 % intervals. A ratio is `Infinity` where only the denominator is 0, and 1 where both are. */
export interface QuantileComparison {
  readonly quantile: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly ratio: number;
  readonly ratioInterval: Interval;
  /** Of the hypothesis that the ratio is 1, two-sided, for this comparison alone: what a correction for many comparisons starts from. */
  readonly pValue: number;
  /** The groups' own ratios; `null` where a group's quantile is 0 on either side. */
  readonly paired: PairedRatio | null;
  /** Numerator minus denominator, in the samples' unit. */
  readonly difference: number;
  readonly differenceInterval: Interval;
}

export interface BootstrapOptions {
  readonly random: Random;
  /** {@link DEFAULT_RESAMPLES} unless given. */
  readonly resamples?: number;
}

export const DEFAULT_RESAMPLES = 2_000;

/** The statistic of one quantile in each resample. */
export interface Replicates {
  readonly numerators: Float64Array;
  readonly denominators: Float64Array;
}

/**
 * Ratio and difference of quantiles of the pooled samples, with 95 % intervals from resamples of whole pair groups.
 *
 * Both sides of a group are drawn together, which keeps what a group's neighbours in time share out of the interval: Davison and Hinkley
 * (1997), Bootstrap Methods and their Application, §3.8 (hierarchical data: resample the outermost level). The interval is the expanded
 * percentile one: of the methods in `intervals.ts` it comes nearest to 95 % at the numbers of groups that runs have (docs/statistics.md,
 * "Which interval"). Ranks of 2,000 resamples end at 1 in 2,000, which is too coarse for many comparisons at once, so the p-value is that of
 * Student's paired t-test of the groups' own log ratios, or of their differences where a side is 0.
 *
 * @throws RangeError for no groups, a group with an empty side, or fewer than 1 resample.
 */
export function compareQuantiles(
  groups: readonly PairGroup[],
  quantiles: readonly number[],
  { random, resamples = DEFAULT_RESAMPLES }: BootstrapOptions,
): QuantileComparison[] {
  const { numerators, denominators } = pools(groups);
  return replicate(numerators, denominators, quantiles, random, resamples).map(({ numerators: above, denominators: below }, index) => {
    const quantile = quantiles[index] ?? Number.NaN;
    const numerator = quantileSorted(numerators.sorted, quantile);
    const denominator = quantileSorted(denominators.sorted, quantile);
    const paired = pairedRatio(groups, quantile);
    const ratios = above.map((value, at) => ratioOf(value, below[at] ?? Number.NaN));
    const differences = above.map((value, at) => value - (below[at] ?? Number.NaN));
    return {
      quantile,
      numerator,
      denominator,
      ratio: ratioOf(numerator, denominator),
      ratioInterval: expandedInterval({ replicates: ratios, groups: groups.length }),
      pValue: paired?.pValue ?? pairedDifferencePValue(groups, quantile),
      paired,
      difference: numerator - denominator,
      differenceInterval: expandedInterval({ replicates: differences, groups: groups.length }),
    };
  });
}

/** Both sides' samples, ready to be resampled by group. @throws RangeError as {@link compareQuantiles} */
export function pools(groups: readonly PairGroup[]): { readonly numerators: ResamplePool; readonly denominators: ResamplePool } {
  if (groups.length === 0) throw new RangeError("A bootstrap needs at least one group.");
  if (groups.some((group) => group.numerator.length === 0 || group.denominator.length === 0)) {
    throw new RangeError("A pair group needs samples on both sides.");
  }
  return {
    numerators: new ResamplePool(groups.map((group) => group.numerator)),
    denominators: new ResamplePool(groups.map((group) => group.denominator)),
  };
}

/** Draws groups, the same for both sides, and takes each quantile of each resample. @param visit is shown each resample's weights */
export function replicate(
  numerators: ResamplePool,
  denominators: ResamplePool,
  quantiles: readonly number[],
  random: Random,
  resamples: number,
  visit?: (weights: Uint32Array, resample: number) => void,
): Replicates[] {
  checkResamples(resamples);
  const replicates = quantiles.map(() => ({ numerators: new Float64Array(resamples), denominators: new Float64Array(resamples) }));
  const weights = new Uint32Array(numerators.groups);
  for (let resample = 0; resample < resamples; resample++) {
    drawGroups(weights, random);
    for (const [index, into] of replicates.entries()) {
      const probability = quantiles[index] ?? Number.NaN;
      into.numerators[resample] = numerators.quantile(weights, probability);
      into.denominators[resample] = denominators.quantile(weights, probability);
    }
    visit?.(weights, resample);
  }
  return replicates;
}

/**
 * The ratio of one quantile between two sets of groups that were not run next to each other, such as two conditions: each set is resampled by
 * itself, so what drifted between them widens the interval. Expanded percentile, with Welch's degrees of freedom.
 *
 * @throws RangeError as {@link compareQuantiles}.
 */
export function compareIndependent(
  numerators: readonly ArrayLike<number>[],
  denominators: readonly ArrayLike<number>[],
  probability: number,
  { random, resamples = DEFAULT_RESAMPLES }: BootstrapOptions,
): IndependentRatio {
  checkResamples(resamples);
  if (numerators.length === 0 || denominators.length === 0) throw new RangeError("A bootstrap needs at least one group.");
  if ([...numerators, ...denominators].some((group) => group.length === 0)) throw new RangeError("Each group needs samples.");
  return independentRatio(
    [numerators, denominators].map((groups): ResampledSide => {
      const pool = new ResamplePool(groups);
      const weights = new Uint32Array(pool.groups);
      const replicates = Float64Array.from({ length: resamples }, () => {
        drawGroups(weights, random);
        return pool.quantile(weights, probability);
      });
      return { value: quantileSorted(pool.sorted, probability), replicates, groups: pool.groups };
    }),
  );
}

/**
 * A ratio of ratios: how many times larger the ratio of one quantile is in one set of pair groups than in another that was not run next to it,
 * such as the effect of a transport with one input over that with another. Within a set both sides are drawn together, as in
 * {@link compareQuantiles}; the sets each by itself, as in {@link compareIndependent}.
 *
 * @throws RangeError as {@link compareQuantiles}.
 */
export function compareRatios(
  numerators: readonly PairGroup[],
  denominators: readonly PairGroup[],
  probability: number,
  { random, resamples = DEFAULT_RESAMPLES }: BootstrapOptions,
): IndependentRatio {
  return independentRatio(
    [numerators, denominators].map((groups): ResampledSide => {
      const sides = pools(groups);
      const [replicates] = replicate(sides.numerators, sides.denominators, [probability], random, resamples);
      if (replicates === undefined) throw new RangeError("One quantile was asked for.");
      return {
        value: ratioOf(quantileSorted(sides.numerators.sorted, probability), quantileSorted(sides.denominators.sorted, probability)),
        replicates: replicates.numerators.map((value, at) => ratioOf(value, replicates.denominators[at] ?? Number.NaN)),
        groups: groups.length,
      };
    }),
  );
}

export interface IndependentRatio {
  readonly ratio: number;
  readonly interval: Interval;
}

/** A statistic of one set of groups: of the sample, and of each of its resamples. */
interface ResampledSide {
  readonly value: number;
  readonly replicates: Float64Array;
  readonly groups: number;
}

/** @param sides the numerator, and the denominator */
function independentRatio([above, below]: readonly ResampledSide[]): IndependentRatio {
  if (above === undefined || below === undefined) throw new RangeError("A ratio has two sides.");
  const ratio = ratioOf(above.value, below.value);
  const ratios = above.replicates.map((value, at) => ratioOf(value, below.replicates[at] ?? Number.NaN));
  if (!Number.isFinite(Math.log(ratio)) || !ratios.every((one) => Number.isFinite(Math.log(one)))) {
    return { ratio, interval: expandedInterval({ replicates: ratios, groups: Math.min(above.groups, below.groups) }) };
  }
  const groups = [above.groups, below.groups] as const;
  const errors = [
    bootstrapError(above.replicates.map(Math.log), above.groups),
    bootstrapError(below.replicates.map(Math.log), below.groups),
  ] as const;
  const own = Math.hypot(...groups.map((count, side) => (errors[side] ?? 0) * Math.sqrt((count - 1) / count)));
  const widening = own === 0 ? 1 : Math.hypot(...errors) / own;
  return { ratio, interval: expandedBy(ratios, widening, welchDegrees(errors, groups)) };
}

/** 0/0 is "the same", not NaN: two arms that both replayed nothing do not differ. */
export function ratioOf(numerator: number, denominator: number): number {
  return numerator === denominator ? 1 : numerator / denominator;
}

export function contains(interval: Interval, value: number): boolean {
  return interval.low <= value && value <= interval.high;
}

function checkResamples(resamples: number): void {
  if (Number.isInteger(resamples) && resamples >= 1) return;
  throw new RangeError(`The number of resamples must be a whole number above 0, not ${resamples}.`);
}
