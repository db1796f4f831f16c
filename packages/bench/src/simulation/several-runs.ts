/** Runs whose mean and spread are known, put together in three ways: how often do the intervals hold what they are of? */
import {
  combineRuns,
  deriveSeed,
  meanInterval,
  meanWithError,
  predictionInterval,
  randomEffects,
  seededRandom,
  studentQuantile,
  type Interval,
  type MeanEffect,
  type RunsTogether,
} from "../stats/index.ts";
import { normals } from "./experiment.ts";
import { judgeCoverage } from "./plan.ts";

/** Sets of runs that differ by chance alone. The unit is the error of a run's mean. */
export interface RunsKind {
  readonly runs: number;
  /** Pair groups of each run, which its error is estimated from. */
  readonly groups: number;
  /** Standard deviation of the runs' true effects. */
  readonly spread: number;
  /** Of every second run, so many times that of the others. Another run is of either kind, in turn. */
  readonly errorTimes: number;
}

const RUNS = [2, 3, 4, 5];
const GROUPS = [3, 5];
const SPREADS = [0, 1, 3];
/** Where a run had other work beside it, and the others had not. */
const ERROR_TIMES = [1, 3];

export const runsKinds: readonly RunsKind[] = RUNS.flatMap((runs) =>
  ERROR_TIMES.flatMap((errorTimes) =>
    SPREADS.flatMap((spread) => GROUPS.map((groups): RunsKind => ({ runs, groups, spread, errorTimes }))),
  ),
);

interface SaidOfRuns {
  readonly mean: Interval;
  readonly anotherRun: Interval;
  /** Whether the runs are said to differ by more than their own errors; `null` where that is not asked. */
  readonly differ: boolean | null;
}

const ways = {
  /** Until 2026-11-30: each run's error is taken as known, although it is of its own few pair groups. */
  own: (runs: readonly MeanEffect[]): SaidOfRuns => saidBy(randomEffects(runs)),
  /** Since then. */
  pooled: (runs: readonly MeanEffect[]): SaidOfRuns => saidBy(combineRuns(runs)),
  /** The runs' figures are a sample, whatever their errors. */
  plain: (runs: readonly MeanEffect[]): SaidOfRuns => {
    const all = meanWithError(runs.map(({ mean }) => mean));
    const reach = studentQuantile(0.975, runs.length - 1) * all.standardError * Math.sqrt(runs.length + 1);
    return { mean: meanInterval(all), anotherRun: { low: all.mean - reach, high: all.mean + reach }, differ: null };
  },
};

export type RunsWay = keyof typeof ways;
export const runsWays: readonly RunsWay[] = ["own", "pooled", "plain"];

const LEVEL = 0.05;

function saidBy(together: RunsTogether): SaidOfRuns {
  return { mean: meanInterval(together), anotherRun: predictionInterval(together), differ: together.q.pValue <= LEVEL };
}

interface WayCounts {
  /** Sets whose interval holds the true mean, and another run's figure: 95 % should. */
  mean: number;
  anotherRun: number;
  /** Of the mean's intervals, summed. */
  widths: number;
  /** Sets whose runs are said to differ: 5 % may where there is no spread. */
  differ: number;
}

export interface RunsCell {
  readonly kind: RunsKind;
  readonly sets: number;
  readonly ways: Readonly<Record<RunsWay, WayCounts>>;
}

export function simulateRuns(kind: RunsKind, { sets, seed }: { readonly sets: number; readonly seed: number }): RunsCell {
  const { runs, groups, spread, errorTimes } = kind;
  const normal = normals(seededRandom(deriveSeed(seed, "runs", JSON.stringify(kind))));
  const measured = (index: number): MeanEffect => {
    const effect = spread * normal();
    const ofOneGroup = (index % 2 === 1 ? errorTimes : 1) * Math.sqrt(groups);
    return meanWithError(Array.from({ length: groups }, () => effect + ofOneGroup * normal()));
  };
  const counts = { own: none(), pooled: none(), plain: none() };
  for (let set = 0; set < sets; set++) {
    const all = Array.from({ length: runs }, (_, index) => measured(index));
    const { mean: another } = measured(set);
    for (const way of runsWays) {
      const { mean, anotherRun, differ } = ways[way](all);
      const count = counts[way];
      if (holds(mean, 0)) count.mean++;
      if (holds(anotherRun, another)) count.anotherRun++;
      if (differ === true) count.differ++;
      count.widths += mean.high - mean.low;
    }
  }
  return { kind, sets, ways: counts };
}

function none(): WayCounts {
  return { mean: 0, anotherRun: 0, widths: 0, differ: 0 };
}

function holds({ low, high }: Interval, value: number): boolean {
  return low <= value && value <= high;
}

/** Of the way that is taken. */
export function problemsOfRuns(cells: readonly RunsCell[]): string[] {
  return cells.flatMap(({ kind: { runs, groups, spread, errorTimes }, sets, ways: { pooled } }) =>
    (["mean", "anotherRun"] as const).flatMap((of) =>
      judgeCoverage(pooled[of], sets) === "below"
        ? [
            `${runs} runs, ${groups} groups, a spread of ${spread}, errors ×${errorTimes}: the interval of ${of === "mean" ? "the mean" : "another run"} covers ${pooled[of]} of ${sets} only.`,
          ]
        : [],
    ),
  );
}
