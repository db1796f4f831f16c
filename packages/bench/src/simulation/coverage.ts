import { isTailOfFewBlocks } from "../analysis/verdict.ts";
import {
  bcaInterval,
  bootstrapStudentInterval,
  compareQuantiles,
  contains,
  controlGroups,
  deriveSeed,
  jackknifeError,
  pairedRatio,
  percentileInterval,
  pools,
  quantileSorted,
  replicate,
  samplesNeeded,
  seededRandom,
  type Interval,
  type PairGroup,
  type Random,
} from "../stats/index.ts";
import { makeExperiment, shapes } from "./experiment.ts";

/** Intervals that the chosen one is held against. */
export const rivals = ["percentile", "bca", "bootstrap-t", "t", "paired t"] as const;
export type Rival = (typeof rivals)[number];

/** Some experiments of one kind: the unit that worker threads share. */
export interface CoverageJob {
  readonly kind: "coverage";
  readonly shape: string;
  readonly groups: number;
  readonly samplesPerBlock: number;
  /** Planted, of every quantile. */
  readonly ratio: number;
  readonly quantiles: readonly number[];
  readonly resamples: number;
  readonly seed: number;
  /** Experiments from this number to before that one: an experiment's seed is made from its number. */
  readonly from: number;
  readonly to: number;
  /** Measures the rivals too, of which bootstrap-t costs as many bootstraps as there are groups. */
  readonly withRivals: boolean;
}

export interface QuantileCounts {
  /** Experiments in which the report would compare at all. */
  decided: number;
  /** Of these, those whose interval holds the planted ratio. */
  covered: number;
  /** Of these, those in which both the interval excludes the planted ratio and the paired test does. */
  bothMiss: number;
  /** A/A controls of experiments that are decided; those whose interval excludes 1; those whose p-value is at most 5 %. */
  controls: number;
  falseAlarms: number;
  pairedFalseAlarms: number;
  /** Over all experiments, decided or not. */
  readonly rivals: Partial<Record<Rival, number>>;
}

/** By quantile, in the job's order. */
export interface CoverageCounts {
  readonly experiments: number;
  readonly quantiles: readonly QuantileCounts[];
}

const TAIL = 0.05;

export function runCoverageJob(job: CoverageJob): CoverageCounts {
  const shape = shapes.find(({ id }) => id === job.shape);
  if (shape === undefined) throw new RangeError(`There is no shape ${job.shape}.`);
  const counts = job.quantiles.map(emptyCounts);
  for (let number = job.from; number < job.to; number++) {
    const random = seededRandom(deriveSeed(job.seed, shape.id, String(job.groups), String(job.samplesPerBlock), String(number)));
    const { effect, control } = makeExperiment(shape, job.groups, job.samplesPerBlock, job.ratio, random);
    countEffect(counts, effect, job, random);
    countControl(counts, controlGroups(control, random), job, random);
    if (job.withRivals) countRivals(counts, effect, job, random);
  }
  return { experiments: job.to - job.from, quantiles: counts };
}

function emptyCounts(): QuantileCounts {
  return { decided: 0, covered: 0, bothMiss: 0, controls: 0, falseAlarms: 0, pairedFalseAlarms: 0, rivals: {} };
}

export function addCounts(all: readonly CoverageCounts[]): CoverageCounts {
  const [first] = all;
  const quantiles = (first?.quantiles ?? []).map((_, index) => {
    const sum = emptyCounts();
    for (const { quantiles: counted } of all) {
      const one = counted[index] ?? emptyCounts();
      for (const count of ["decided", "covered", "bothMiss", "controls", "falseAlarms", "pairedFalseAlarms"] as const)
        sum[count] += one[count];
      for (const rival of rivals) if (one.rivals[rival] !== undefined) sum.rivals[rival] = (sum.rivals[rival] ?? 0) + one.rivals[rival];
    }
    return sum;
  });
  return { experiments: all.reduce((sum, { experiments }) => sum + experiments, 0), quantiles };
}

function countEffect(counts: readonly QuantileCounts[], groups: readonly PairGroup[], job: CoverageJob, random: Random): void {
  const samples = 2 * job.groups * job.samplesPerBlock;
  for (const [index, one] of compareQuantiles(groups, job.quantiles, { random, resamples: job.resamples }).entries()) {
    const count = counts[index];
    if (count === undefined || samples < samplesNeeded(one.quantile) || isTailOfFewBlocks(one)) continue;
    count.decided++;
    if (contains(one.ratioInterval, job.ratio)) count.covered++;
    else if (one.paired !== null && !contains(one.paired.interval, job.ratio)) count.bothMiss++;
  }
}

function countControl(counts: readonly QuantileCounts[], groups: readonly PairGroup[], job: CoverageJob, random: Random): void {
  const samples = 2 * job.groups * job.samplesPerBlock;
  for (const [index, one] of compareQuantiles(groups, job.quantiles, { random, resamples: job.resamples }).entries()) {
    const count = counts[index];
    if (count === undefined || samples < samplesNeeded(one.quantile) || isTailOfFewBlocks(one)) continue;
    count.controls++;
    if (!contains(one.ratioInterval, 1)) count.falseAlarms++;
    if (one.pValue <= TAIL) count.pairedFalseAlarms++;
  }
}

function countRivals(counts: readonly QuantileCounts[], groups: readonly PairGroup[], job: CoverageJob, random: Random): void {
  const truth = Math.log(job.ratio);
  for (const [index, probability] of job.quantiles.entries()) {
    const intervals = rivalIntervals(groups, probability, job.resamples, random);
    for (const rival of rivals) {
      const count = counts[index];
      if (count !== undefined) count.rivals[rival] = (count.rivals[rival] ?? 0) + (contains(intervals[rival], truth) ? 1 : 0);
    }
  }
}

/** Of the log ratio. */
function rivalIntervals(groups: readonly PairGroup[], probability: number, resamples: number, random: Random): Record<Rival, Interval> {
  const { numerators, denominators } = pools(groups);
  const logRatio = (weights: ArrayLike<number>): number =>
    Math.log(numerators.quantile(weights, probability) / denominators.quantile(weights, probability));
  const jackknifed = (weights: Uint32Array): { readonly error: number; readonly leftOut: readonly number[] } => {
    const drawn = [...weights.keys()].filter((group) => (weights[group] ?? 0) > 0);
    const leftOut = drawn.map((group) => {
      const times = weights[group] ?? 0;
      // A resample of one group alone has nothing left without it, and one of its copies less is the same.
      if (drawn.length === 1) return logRatio(weights);
      weights[group] = times - 1;
      const without = logRatio(weights);
      weights[group] = times;
      return without;
    });
    return {
      error: jackknifeError(
        leftOut,
        drawn.map((group) => weights[group] ?? 0),
      ),
      leftOut,
    };
  };
  const estimate = Math.log(quantileSorted(numerators.sorted, probability) / quantileSorted(denominators.sorted, probability));
  const studentised = new Float64Array(resamples);
  const [drawn] = replicate(numerators, denominators, [probability], random, resamples, (weights, resample) => {
    const distance = logRatio(weights) - estimate;
    const { error } = jackknifed(weights);
    studentised[resample] = error === 0 ? Math.sign(distance) * Infinity || 0 : distance / error;
  });
  if (drawn === undefined) throw new RangeError("One quantile was asked for.");
  const replicates = drawn.numerators.map((value, at) => Math.log(value / (drawn.denominators[at] ?? Number.NaN)));
  const { error, leftOut } = jackknifed(new Uint32Array(groups.length).fill(1));
  studentised.sort();
  const paired = pairedRatio(groups, probability);
  return {
    percentile: percentileInterval({ replicates }),
    bca: bcaInterval({ estimate, replicates, groups: groups.length }, leftOut),
    "bootstrap-t": {
      low: estimate - error * quantileSorted(studentised, 1 - TAIL / 2),
      high: estimate - error * quantileSorted(studentised, TAIL / 2),
    },
    t: bootstrapStudentInterval({ estimate, replicates, groups: groups.length }),
    "paired t": { low: Math.log(paired?.interval.low ?? 0), high: Math.log(paired?.interval.high ?? Infinity) },
  };
}
