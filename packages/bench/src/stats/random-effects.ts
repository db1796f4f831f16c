import { chiSquaredTail, studentQuantile } from "./distributions.ts";
import type { MeanEffect } from "./group-effect.ts";
import type { Interval } from "./intervals.ts";

/** The mean over runs, whose own effects differ: `groups` is the number of runs. */
export interface RunsTogether extends MeanEffect {
  /** Standard deviation of the runs' true effects. */
  readonly betweenRuns: number;
  /** The runs' own errors, as a root mean square. */
  readonly withinRuns: number;
  /** Cochran's: whether the runs differ by more than their own errors say. */
  readonly q: { readonly statistic: number; readonly degrees: number; readonly pValue: number };
  /** How much each run counts in the mean: they sum to 1. */
  readonly weights: readonly number[];
}

const ROUNDS = 200;

/**
 * Random effects: each run has a true effect of its own, because what all blocks of a run share (an hour, a machine, a build) moves it. The
 * spread between runs is by restricted maximum likelihood (Viechtbauer, W. (2005), Journal of Educational and Behavioral Statistics 30(3)).
 * The error of the mean is Hartung and Knapp's (2001, Statistics in Medicine 20, 3875), and never less than that of runs that differ by their
 * own errors alone: few runs can agree by chance.
 *
 * @throws RangeError for fewer than 2 runs, or one whose error is not known.
 */
export function combineRuns(runs: readonly Pick<MeanEffect, "mean" | "standardError">[]): RunsTogether {
  if (runs.length < 2) throw new RangeError(`There must be at least 2 runs, not ${runs.length}.`);
  if (!runs.every(({ standardError }) => Number.isFinite(standardError)))
    throw new RangeError("Each run needs pair groups enough for an error.");
  const degrees = runs.length - 1;
  const [first] = runs;
  // A run that is constant beside one that is not is weighed as that one: it has no error to weigh by.
  const least = Math.min(...runs.map(({ standardError }) => standardError).filter((error) => error > 0));
  if (least < Infinity && runs.some(({ standardError }) => standardError === 0))
    return combineRuns(runs.map(({ mean, standardError }) => ({ mean, standardError: standardError || least })));
  if (least === Infinity) {
    const isSame = runs.every(({ mean }) => mean === first?.mean);
    const plain = plainMean(runs);
    return {
      ...plain,
      betweenRuns: plain.standardError * Math.sqrt(runs.length),
      withinRuns: withinRuns(runs),
      q: { statistic: isSame ? 0 : Infinity, degrees, pValue: isSame ? 1 : 0 },
      weights: runs.map(() => 1 / runs.length),
    };
  }
  const fixed = weigh(runs, 0);
  const q = runs.reduce((sum, { mean, standardError }) => sum + ((mean - fixed.mean) / standardError) ** 2, 0);
  const variance = betweenVariance(runs);
  const { mean, weights, sum } = weigh(runs, variance);
  const knapp = runs.reduce((total, run, index) => total + (weights[index] ?? 0) * (run.mean - mean) ** 2, 0) / degrees;
  return {
    mean,
    standardError: Math.sqrt(Math.max(1, knapp) / sum),
    groups: runs.length,
    betweenRuns: Math.sqrt(variance),
    withinRuns: withinRuns(runs),
    q: { statistic: q, degrees, pValue: chiSquaredTail(q, degrees) },
    weights: weights.map((weight) => weight / sum),
  };
}

/**
 * Where another such run would put its figure, with 95 %: around the mean, with the spread between runs and a run's own error. With equal
 * errors it is the prediction interval of a normal sample, t · s · √(1 + 1/k). The interval of another run's *true* effect would leave out its
 * error, and covers 89 to 93 % with three to five runs by our simulation, because so few tell little of the spread.
 *
 * Higgins, J. P. T., Thompson, S. G. and Spiegelhalter, D. J. (2009), A Re-Evaluation of Random-Effects Meta-Analysis, JRSS A 172(1), 137–159.
 */
export function predictionInterval(together: RunsTogether, level = 0.95): Interval {
  const reach = studentQuantile((1 + level) / 2, together.groups - 1) * predictionError(together);
  return { low: together.mean - reach, high: together.mean + reach };
}

/** The standard deviation of what another run would say, around the mean of these. */
export function predictionError({ standardError, betweenRuns, withinRuns }: RunsTogether): number {
  return Math.hypot(standardError, betweenRuns, withinRuns);
}

function withinRuns(runs: readonly Pick<MeanEffect, "standardError">[]): number {
  return Math.sqrt(runs.reduce((sum, { standardError }) => sum + standardError ** 2, 0) / runs.length);
}

interface Weighed {
  readonly mean: number;
  readonly weights: readonly number[];
  readonly sum: number;
}

function weigh(runs: readonly Pick<MeanEffect, "mean" | "standardError">[], variance: number): Weighed {
  const weights = runs.map(({ standardError }) => 1 / (standardError ** 2 + variance));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { weights, sum, mean: runs.reduce((total, run, index) => total + (weights[index] ?? 0) * run.mean, 0) / sum };
}

/** REML by its fixed point, from the spread of the means; 0 where the runs' own errors explain it. */
function betweenVariance(runs: readonly Pick<MeanEffect, "mean" | "standardError">[]): number {
  let variance = plainMean(runs).standardError ** 2 * runs.length;
  for (let round = 0; round < ROUNDS; round++) {
    const { mean, weights, sum } = weigh(runs, variance);
    const squares = weights.reduce((total, weight) => total + weight ** 2, 0);
    const excess = runs.reduce(
      (total, run, index) => total + (weights[index] ?? 0) ** 2 * ((run.mean - mean) ** 2 - run.standardError ** 2),
      0,
    );
    const next = Math.max(0, excess / squares + 1 / sum);
    if (Math.abs(next - variance) <= 1e-12 * variance) return next;
    variance = next;
  }
  return variance;
}

function plainMean(runs: readonly Pick<MeanEffect, "mean">[]): MeanEffect {
  const mean = runs.reduce((sum, run) => sum + run.mean, 0) / runs.length;
  const squares = runs.reduce((sum, run) => sum + (run.mean - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (runs.length - 1) / runs.length), groups: runs.length };
}
