import { binomialQuantile } from "../stats/index.ts";
import type { CoverageCounts, CoverageJob, QuantileCounts } from "./coverage.ts";
import { shapes } from "./experiment.ts";
import type { ReportsJob } from "./reports.ts";

/** Numbers of pair groups that runs have: `--quick` 5 to 10, `--standard` 5 to 30. */
export const GROUPS: readonly number[] = [5, 6, 10, 20, 25, 40];
const RATIO = 1.1;
/** As many as a block of token-latency's first condition has, rounded up so that ten groups are enough for a p99. */
const SAMPLES_PER_BLOCK = 50;
const QUANTILES = [0.5, 0.9, 0.99] as const;
/** Headlines of a run of everything; a report's controls are twice as many. */
const HEADLINES = 12;
const REPORT_SAMPLES_PER_BLOCK = 20;
const REPORT_GROUPS = [5, 10, 25] as const;
/** So many experiments or reports to a job: a second or so of a core. */
const CHUNK = 25;

export interface SimulationOptions {
  readonly experiments: number;
  readonly reports: number;
  readonly groups: readonly number[];
  readonly resamples: number;
  readonly seed: number;
  readonly withRivals: boolean;
}

export function coverageJobs({ experiments, groups, resamples, seed, withRivals }: SimulationOptions): CoverageJob[] {
  return shapes.flatMap(({ id }) =>
    groups.flatMap((count) =>
      chunks(experiments).map(([from, to]) => ({
        kind: "coverage" as const,
        shape: id,
        groups: count,
        samplesPerBlock: SAMPLES_PER_BLOCK,
        ratio: RATIO,
        quantiles: QUANTILES,
        resamples,
        seed,
        from,
        to,
        withRivals,
      })),
    ),
  );
}

export function reportsJobs({ reports, groups, resamples, seed }: SimulationOptions): ReportsJob[] {
  return ["plain", "all"].flatMap((shape) =>
    REPORT_GROUPS.filter((count) => groups.includes(count)).flatMap((count) =>
      [0, HEADLINES / 2].flatMap((differing) =>
        chunks(reports).map(([from, to]) => ({
          kind: "reports" as const,
          shape,
          groups: count,
          samplesPerBlock: REPORT_SAMPLES_PER_BLOCK,
          headlines: HEADLINES,
          differing,
          ratio: RATIO,
          resamples,
          seed,
          from,
          to,
        })),
      ),
    ),
  );
}

function chunks(count: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(count / CHUNK) }, (_, index) => [index * CHUNK, Math.min(count, (index + 1) * CHUNK)]);
}

/** What is asked of a coverage: 93 to 97 % of the experiments that are decided. */
const LEAST = 0.93;
const MOST = 0.97;
/** And of false alarms: at most 5 %. */
export const MOST_FALSE = 0.05;
/** A fault of the bounds themselves, by chance, in one of this many cells. */
const SURE = 0.999;

export type Judgement = "inside" | "below" | "above" | "rarely decided";

/**
 * Whether a cell's coverage is inside what is asked, as far as so many experiments can tell: only what a true coverage of 93 or of 97 %
 * would give less than once in a thousand is called outside.
 */
export function judgeCoverage({ decided, covered }: Pick<QuantileCounts, "decided" | "covered">, experiments: number): Judgement {
  if (decided < experiments / 10 || decided < 20) return "rarely decided";
  // Misses, so that both bounds are counts that are not exceeded.
  const misses = decided - covered;
  if (misses > binomialQuantile(SURE, decided, 1 - LEAST)) return "below";
  if (covered > binomialQuantile(SURE, decided, MOST)) return "above";
  return "inside";
}

/** Whether so many false alarms are more than 5 % gives. */
export function tooMany(alarms: number, of: number): boolean {
  return alarms > binomialQuantile(SURE, of, MOST_FALSE);
}

export interface Cell {
  readonly shape: string;
  readonly groups: number;
  readonly counts: CoverageCounts;
}

export const quantilesSimulated: readonly number[] = QUANTILES;
