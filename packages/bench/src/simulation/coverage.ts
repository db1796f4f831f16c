import { controlGroups, deriveSeed, groupEffects, meanInterval, seededRandom, testSize, type Statistic } from "../stats/index.ts";
import { makeExperiment, shapeOf, type Spreads } from "./experiment.ts";
import { compareQuantile, pooled } from "./rule-before.ts";

/** Some experiments of one kind: the unit that worker threads share. */
export interface CoverageJob {
  readonly kind: "coverage";
  readonly shape: string;
  readonly spreads: Spreads;
  readonly groups: number;
  readonly samplesPerBlock: number;
  /** Planted, of every quantile and of the mean. It is also the smallest effect of interest: so the tests of size are at their edge. */
  readonly ratio: number;
  readonly statistics: readonly Statistic[];
  /** Of the rule before. */
  readonly resamples: number;
  readonly seed: number;
  /** Experiments from this number to before that one: an experiment's seed is made from its number. */
  readonly from: number;
  readonly to: number;
}

export interface StatisticCounts {
  /** Experiments whose 95 % interval holds the planted ratio. */
  covered: number;
  /** The same of the rule before, which had no means. */
  coveredBefore: number;
  /** Those that called an effect of exactly the smallest one of interest too small, and those that said that it matters: 5 % may, of each. */
  within: number;
  beyond: number;
  /** A/A controls (two of an experiment) with a p-value of at most 5 %. */
  falseAlarms: number;
}

/** By statistic, in the job's order. */
export interface CoverageCounts {
  readonly experiments: number;
  readonly statistics: readonly StatisticCounts[];
}

const ALARM = 0.05;

export function runCoverageJob(job: CoverageJob): CoverageCounts {
  const shape = shapeOf(job.shape);
  const truth = Math.log(job.ratio);
  const counts = job.statistics.map(none);
  for (let number = job.from; number < job.to; number++) {
    const random = seededRandom(deriveSeed(job.seed, shape.id, String(job.groups), JSON.stringify(job.spreads), String(number)));
    const { effect, controls } = makeExperiment({ ...job, shape }, random);
    for (const [index, statistic] of job.statistics.entries()) {
      const count = counts[index];
      const { logRatio } = groupEffects(effect, statistic);
      if (count === undefined || logRatio === null) continue;
      const { low, high } = meanInterval(logRatio);
      if (low <= truth && truth <= high) count.covered++;
      if (statistic !== "mean") {
        const { interval } = compareQuantile(pooled(effect), statistic, { random, resamples: job.resamples });
        if (interval.low <= job.ratio && job.ratio <= interval.high) count.coveredBefore++;
      }
      const { state } = testSize(logRatio, truth);
      if (state === "within") count.within++;
      if (state === "beyond") count.beyond++;
      for (const pairs of [controls.numerator, controls.denominator]) {
        const control = groupEffects(controlGroups(pairs), statistic);
        if (meanInterval(control.logRatio ?? control.difference).pValue <= ALARM) count.falseAlarms++;
      }
    }
  }
  return { experiments: job.to - job.from, statistics: counts };
}

function none(): StatisticCounts {
  return { covered: 0, coveredBefore: 0, within: 0, beyond: 0, falseAlarms: 0 };
}

export function addCounts(all: readonly CoverageCounts[]): CoverageCounts {
  const [first] = all;
  const statistics = (first?.statistics ?? []).map((_, index) => {
    const sum = none();
    for (const { statistics: counted } of all) {
      const one = counted[index] ?? none();
      for (const count of ["covered", "coveredBefore", "within", "beyond", "falseAlarms"] as const) sum[count] += one[count];
    }
    return sum;
  });
  return { experiments: all.reduce((sum, { experiments }) => sum + experiments, 0), statistics };
}
