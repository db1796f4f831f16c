import { binomialQuantile, type Statistic } from "../stats/index.ts";
import type { CoverageCounts, CoverageJob } from "./coverage.ts";
import { shapes, type Spreads } from "./experiment.ts";
import type { ReportCounts, ReportsJob } from "./reports.ts";

/** Numbers of pair groups that runs have. All that a browser does on a network has 3 at `--standard`. */
export const GROUPS: readonly number[] = [3, 5, 10, 20];
const RATIO = 1.1;
export const STATISTICS: readonly Statistic[] = [0.5, "mean", 0.9];
const SAMPLES_PER_BLOCK = 20;
/** Of whole reports: what is planted, at a third of the headlines; 1 is nowhere. */
export const RATIOS: readonly number[] = [1, 1.1, 1.2];
export const SMALLEST = 0.1;
const ONE_IN = 3;
/** Three of each spread differ, and six do not. */
const HEADLINES = 27;
const REPORT_SAMPLES_PER_BLOCK = 10;
/** So many experiments or reports to a job: a second or so of a core. */
const CHUNK = { coverage: 50, reports: 10 };

export interface SimulationOptions {
  readonly experiments: number;
  readonly reports: number;
  readonly groups: readonly number[];
  /** The quartiles of what runs have, the smallest first. */
  readonly spreads: readonly Spreads[];
  readonly resamples: number;
  readonly seed: number;
}

export function coverageJobs({ experiments, groups, spreads, resamples, seed }: SimulationOptions): CoverageJob[] {
  return shapes.flatMap(({ id }) =>
    spreads.flatMap((one) =>
      groups.flatMap((count) =>
        chunks(experiments, CHUNK.coverage).map(([from, to]) => ({
          kind: "coverage" as const,
          shape: id,
          spreads: one,
          groups: count,
          samplesPerBlock: SAMPLES_PER_BLOCK,
          ratio: RATIO,
          statistics: STATISTICS,
          resamples,
          seed,
          from,
          to,
        })),
      ),
    ),
  );
}

export function reportsJobs({ reports, groups, spreads, resamples, seed }: SimulationOptions): ReportsJob[] {
  return ["plain", "all"].flatMap((shape) =>
    groups.flatMap((count) =>
      RATIOS.flatMap((ratio) =>
        chunks(reports, CHUNK.reports).map(([from, to]) => ({
          kind: "reports" as const,
          shape,
          spreads,
          groups: count,
          samplesPerBlock: REPORT_SAMPLES_PER_BLOCK,
          headlines: HEADLINES,
          oneIn: ratio === 1 ? 0 : ONE_IN,
          ratio,
          smallest: SMALLEST,
          resamples,
          seed,
          from,
          to,
        })),
      ),
    ),
  );
}

function chunks(count: number, size: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(count / size) }, (_, index) => [index * size, Math.min(count, (index + 1) * size)]);
}

/** What is asked of a coverage: at least 93 % of the experiments. More is called above, and is no fault: it costs power. */
const LEAST = 0.93;
const MOST = 0.97;
/** And of each kind of error: at most 5 %. */
const MOST_FALSE = 0.05;
/** A fault of the bounds themselves, by chance, in one of this many cells. */
const SURE = 0.999;

export type Judgement = "inside" | "below" | "above";

/**
 * Whether a cell's coverage is inside what is asked, as far as so many experiments can tell: only what a true coverage of 93 or of 97 %
 * would give less than once in a thousand is called outside.
 */
export function judgeCoverage(covered: number, experiments: number): Judgement {
  // Misses, so that both bounds are counts that are not exceeded.
  if (experiments - covered > binomialQuantile(SURE, experiments, 1 - LEAST)) return "below";
  return covered > binomialQuantile(SURE, experiments, MOST) ? "above" : "inside";
}

/** Whether so many errors are more than 5 % gives. */
export function tooMany(errors: number, of: number): boolean {
  return errors > binomialQuantile(SURE, of, MOST_FALSE);
}

export interface CoverageCell extends Pick<CoverageJob, "shape" | "spreads" | "groups"> {
  readonly counts: CoverageCounts;
}

export interface ReportsCell extends Pick<ReportsJob, "shape" | "groups" | "ratio"> {
  readonly counts: ReportCounts;
}

export function problemsOf(cells: readonly CoverageCell[], reports: readonly ReportsCell[]): string[] {
  return [
    ...cells.flatMap(({ shape, spreads, groups, counts: { experiments, statistics } }) =>
      statistics.flatMap(({ covered, within, beyond, falseAlarms }, index) => {
        const where = `${shape}, ${spreads.blocks} between blocks, ${groups} groups, ${STATISTICS[index]}`;
        const errors = [
          { what: "effects at the edge are called too small", count: within, of: experiments },
          { what: "effects at the edge are said to matter", count: beyond, of: experiments },
          { what: "controls cry", count: falseAlarms, of: 2 * experiments },
        ];
        return [
          ...(judgeCoverage(covered, experiments) === "below" ? [`${where}: the interval covers ${covered} of ${experiments} only.`] : []),
          ...errors.flatMap(({ what, count, of }) => (tooMany(count, of) ? [`${where}: ${what}: ${count} of ${of}.`] : [])),
        ];
      }),
    ),
    ...reports.flatMap(({ shape, groups, ratio, counts }) => {
      const falseShares = Math.floor(counts.now.falseShares);
      const where = `${shape}, ${groups} groups, ratio ${ratio}`;
      return [
        // A share of one report varies no more than a hit or a miss does.
        ...(tooMany(falseShares, counts.reports)
          ? [`${where}: false differences, of those called: ${falseShares} of ${counts.reports}.`]
          : []),
        ...(tooMany(counts.inflatedReports, counts.reports)
          ? [`${where}: reports whose errors are enlarged: ${counts.inflatedReports} of ${counts.reports}.`]
          : []),
      ];
    }),
  ];
}
