import { chiSquaredTail, studentQuantile, varianceRatioTail } from "./distributions.ts";
import type { MeanEffect } from "./group-effect.ts";
import type { Interval } from "./intervals.ts";

/** One run's figure. */
export interface RunEffect extends MeanEffect {
  /** Of its error; one less than it has pair groups if absent. */
  readonly degrees?: number;
}

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

/** A figure whose error is known. */
export type KnownEffect = Pick<MeanEffect, "mean" | "standardError">;

const ROUNDS = 200;

/**
 * Runs whose errors are estimated, each from a few pair groups. Three groups agree by chance now and then, and their run would have nearly all of
 * the weight. So the variance of one pair group is pooled over the runs, and a run's error is that variance over its number of groups.
 * docs/statistics.md, "Several runs together", has what this and the errors of each run's own groups cover.
 *
 * @throws RangeError for fewer than 2 runs, or one whose error is not known.
 */
export function combineRuns(runs: readonly RunEffect[]): RunsTogether {
  assertEnough(runs);
  const degreesOf = ({ degrees, groups }: RunEffect): number => degrees ?? groups - 1;
  const all = runs.reduce((sum, run) => sum + degreesOf(run), 0);
  const ofOneGroup = runs.reduce((sum, run) => sum + degreesOf(run) * run.standardError ** 2 * run.groups, 0) / all;
  return randomEffects(
    runs.map(({ mean, groups }) => ({ mean, standardError: Math.sqrt(ofOneGroup / groups) })),
    all,
  );
}

/**
 * Random effects: each run has a true effect of its own, because what all blocks of a run share (an hour, a machine, a build) moves it. The
 * spread between runs is by restricted maximum likelihood (Viechtbauer, W. (2005), Journal of Educational and Behavioral Statistics 30(3)).
 * The error of the mean is Hartung and Knapp's (2001, Statistics in Medicine 20, 3875), and never less than that of runs that differ by their
 * own errors alone: few runs can agree by chance.
 *
 * @param errorDegrees of the variance that all errors are of, which Q's p-value is then F's by: with as many groups in each run, it is the
 * analysis of variance. Without them, each error is taken as known, and it is that of χ².
 * @throws RangeError for fewer than 2 runs, or one whose error is not known.
 */
export function randomEffects(runs: readonly KnownEffect[], errorDegrees = Infinity): RunsTogether {
  assertEnough(runs);
  const degrees = runs.length - 1;
  const [first] = runs;
  if (runs.every(({ standardError }) => standardError === 0)) {
    const isSame = runs.every(({ mean }) => mean === first?.mean);
    const plain = plainMean(runs);
    return {
      ...plain,
      betweenRuns: plain.standardError * Math.sqrt(runs.length),
      withinRuns: 0,
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
    q: {
      statistic: q,
      degrees,
      pValue: Number.isFinite(errorDegrees) ? varianceRatioTail(q / degrees, degrees, errorDegrees) : chiSquaredTail(q, degrees),
    },
    weights: weights.map((weight) => weight / sum),
  };
}

function assertEnough(runs: readonly KnownEffect[]): void {
  if (runs.length < 2) throw new RangeError(`There must be at least 2 runs, not ${runs.length}.`);
  if (!runs.every(({ standardError }) => Number.isFinite(standardError)))
    throw new RangeError("Each run needs pair groups enough for an error.");
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

function weigh(runs: readonly KnownEffect[], variance: number): Weighed {
  const weights = runs.map(({ standardError }) => 1 / (standardError ** 2 + variance));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { weights, sum, mean: runs.reduce((total, run, index) => total + (weights[index] ?? 0) * run.mean, 0) / sum };
}

/** REML by its fixed point, from the spread of the means; 0 where the runs' own errors explain it. */
function betweenVariance(runs: readonly KnownEffect[]): number {
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
