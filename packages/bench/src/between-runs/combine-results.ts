/** Several whole runs together: what all blocks of a run share moves its figures, and only other runs can show how much. */
import { isConcludedFrom } from "../analysis/claims.ts";
import type { Family, Verdict } from "../analysis/facts/index.ts";
import { groupSamples } from "../analysis/groups.ts";
import { analyse } from "../analysis/index.ts";
import { measureMetric, withReportErrors } from "../analysis/measure-metric.ts";
import { ERROR_LEVEL, judge, LEAST_GROUPS, pValueOf, transports, type Evidence } from "../analysis/verdict.ts";
import { assertOnce } from "../results/assert-once.ts";
import type { Metric } from "../results/schema.ts";
import {
  benjaminiHochberg,
  binomialQuantile,
  combineRuns,
  differenceInterval,
  type GroupEffects,
  type RunsTogether,
  type Statistic,
} from "../stats/index.ts";
import { RefusedError } from "../usage/errors.ts";
import { settingsOf, type NamedRun, type PlacedSetting } from "./shared-settings.ts";

/** One figure of one run. */
export interface RunFigure {
  readonly file: string;
  readonly effects: GroupEffects;
}

/** One statistic of a scenario's first metric at one setting, over the runs that measured it. */
export interface CombinedFigure {
  readonly scenario: string;
  readonly title: string;
  readonly condition: string;
  readonly metric: Metric;
  readonly statistic: Statistic;
  /** What it is corrected with: METHOD.md, "From samples to a verdict", has the two families. */
  readonly family: Family;
  /** The newest first. */
  readonly runs: readonly RunFigure[];
  readonly difference: RunsTogether;
  /** Of the logarithms; `null` where a block's value is 0 in any run. */
  readonly logRatio: RunsTogether | null;
  /** After the correction within its family; `null` where it is constant. */
  readonly adjustedPValue: number | null;
  /** Where it is undecided, its `groupsNeeded` are runs. */
  readonly verdict: Verdict;
}

/**
 * At how many settings the runs differ at 5 %, where their own errors would explain all: more than `allowed` is chance once in 1,000. A setting
 * counts once, by the first statistic, as in the control: its others are of the same samples.
 */
export interface Disagreement {
  readonly settings: number;
  readonly differ: number;
  readonly allowed: number;
}

export interface ResultsTogether {
  readonly files: readonly string[];
  readonly figures: readonly CombinedFigure[];
  /** By Cochran's Q, over all runs of a setting. */
  readonly q: Disagreement;
  /** By each two runs' difference over its error (Welch). */
  readonly pairs: readonly (Disagreement & { readonly between: readonly [string, string] })[];
}

/** @throws RefusedError for fewer than two runs, or runs that have nothing in common */
export function combineResults(runs: readonly NamedRun[]): ResultsTogether {
  const [first, second] = runs;
  if (first === undefined || second === undefined)
    throw new RefusedError("nothing-in-common", "Give two files at least: one run says nothing of others.");
  assertAlike(first, runs);
  const inflation = new Map(runs.map((run) => [run, analyse(run.results).control.errorsMultipliedBy]));
  const measured = settingsOf(runs).flatMap((places) => figuresOf(places, inflation));
  if (measured.length === 0)
    throw new RefusedError("nothing-in-common", `No figure was measured in two of these runs with ${LEAST_GROUPS} pair groups.`);
  const adjusted = adjust(measured);
  const figures = measured.map(({ evidence, ...figure }, index): CombinedFigure => ({
    ...figure,
    adjustedPValue: adjusted[index] ?? null,
    verdict: judge(evidence, adjusted[index] ?? 1, transports),
  }));
  return {
    files: runs.map(({ file }) => file),
    figures,
    q: disagreement(figures.filter(isCounted).map(({ logRatio, difference }) => (logRatio ?? difference).q.pValue)),
    pairs: runs.flatMap((one, index) => runs.slice(index + 1).map((other) => pairOf(figures, one.file, other.file))),
  };
}

/** Runs of two targets or kinds of traffic differ for reasons that are no spread between runs. */
function assertAlike(first: NamedRun, runs: readonly NamedRun[]): void {
  for (const option of ["target", "traffic", "depth"] as const) {
    const other = runs.find(({ results }) => results.options[option] !== first.results.options[option]);
    if (other !== undefined) {
      const said = (run: NamedRun): string => `${run.results.options[option] ?? "the embedded Worker"} in ${run.file}`;
      throw new RefusedError("other-settings", `The ${option} is ${said(first)} and ${said(other)}: combine runs of one kind.`);
    }
  }
  assertOnce(runs);
  const handicapped = runs.find(({ results }) => results.options.handicap !== null);
  if (handicapped !== undefined) throw new RefusedError("other-settings", `${handicapped.file} has a handicap on purpose: leave it out.`);
}

interface MeasuredFigure extends Omit<CombinedFigure, "adjustedPValue" | "verdict"> {
  readonly evidence: Evidence;
}

/** By the scenario's first metric: the newest run's, unless no two runs measured that. */
function figuresOf(
  places: readonly [PlacedSetting, ...PlacedSetting[]],
  inflation: ReadonlyMap<NamedRun, number>,
): readonly MeasuredFigure[] {
  const measured = places.filter(({ scenario }) => scenario.notRun === null);
  for (const { scenario } of measured) {
    const [metric] = scenario.metrics;
    const figures = metric === undefined ? [] : figuresBy(metric, measured, inflation);
    if (figures.length > 0) return figures;
  }
  return [];
}

function figuresBy(metric: Metric, places: readonly PlacedSetting[], inflation: ReadonlyMap<NamedRun, number>): MeasuredFigure[] {
  const evidences = places.flatMap(({ run, scenario, condition }) => {
    const own = scenario.metrics.find(({ id, unit }) => id === metric.id && unit === metric.unit);
    if (own === undefined || groupSamples(scenario, condition.id, own.id).complete.length < LEAST_GROUPS) return [];
    return measureMetric(scenario, condition, own, run.results.environment).flatMap((one) => {
      const { statistic, evidence } = withReportErrors(one, inflation.get(run) ?? 1);
      return "code" in evidence ? [] : [{ statistic, file: run.file, evidence }];
    });
  });
  const [newest] = places;
  return [...Map.groupBy(evidences, ({ statistic }) => statistic)].flatMap(([statistic, all]): MeasuredFigure[] => {
    if (newest === undefined || all.length < 2) return [];
    const { scenario, condition } = newest;
    return [
      {
        scenario: scenario.name,
        title: scenario.title,
        condition: condition.label,
        metric,
        statistic,
        family: isConcludedFrom({ name: scenario.name, metrics: [metric] }, metric.id, statistic) ? "headline" : "other",
        runs: all.map(({ file, evidence: { difference, logRatio, isConstant } }) => ({
          file,
          effects: { difference, logRatio, isConstant },
        })),
        ...combineEvidence(all.map(({ evidence }) => evidence)),
      },
    ];
  });
}

function combineEvidence(all: readonly Evidence[]): Pick<MeasuredFigure, "difference" | "logRatio" | "evidence"> {
  const difference = combineRuns(all.map((one) => one.difference));
  const logs = all.flatMap((one) => one.logRatio ?? []);
  const logRatio = logs.length === all.length ? combineRuns(logs) : null;
  const floors = all.flatMap(({ floor }) => floor ?? []);
  return {
    difference,
    logRatio,
    evidence: {
      difference,
      logRatio,
      isConstant: all.every((one) => one.isConstant && one.difference.mean === all[0]?.difference.mean),
      // What is least favourable to a claim in any of the runs.
      resolution: Math.max(...all.map(({ resolution }) => resolution)),
      larger: Math.min(...all.map(({ larger }) => larger)),
      floor: floors.length === 0 ? null : Math.max(...floors),
      smallest: all[0]?.smallest ?? null,
    },
  };
}

/** Each family by itself; constants are not tested. */
function adjust(measured: readonly MeasuredFigure[]): readonly (number | null)[] {
  const adjusted = measured.map((): number | null => null);
  const tested = measured.flatMap(({ family, evidence }, index) =>
    evidence.isConstant ? [] : [{ family, index, pValue: pValueOf(evidence) }],
  );
  for (const members of Map.groupBy(tested, ({ family }) => family).values()) {
    const pValues = benjaminiHochberg(members.map(({ pValue }) => pValue));
    for (const [at, { index }] of members.entries()) adjusted[index] = pValues[at] ?? null;
  }
  return adjusted;
}

/** Once a setting: the first statistic was fixed before any run. What is constant in every run changes with the build, and not with the run. */
function isCounted(figure: CombinedFigure): boolean {
  return figure.statistic === figure.metric.quantiles[0] && hasSpread(figure);
}

/** Whether anything varies in any of its runs. */
export function hasSpread({ runs }: Pick<CombinedFigure, "runs">): boolean {
  return runs.some(({ effects }) => !effects.isConstant);
}

function pairOf(figures: readonly CombinedFigure[], one: string, other: string): ResultsTogether["pairs"][number] {
  const pValues = figures.filter(isCounted).flatMap(({ runs, logRatio }) => {
    const [left, right] = [one, other].map((file) => runs.find((run) => run.file === file)?.effects);
    if (left === undefined || right === undefined) return [];
    const scale = (effects: GroupEffects): GroupEffects["difference"] =>
      logRatio === null || effects.logRatio === null ? effects.difference : effects.logRatio;
    return [differenceInterval(scale(left), scale(right)).pValue];
  });
  return { between: [one, other], ...disagreement(pValues) };
}

const COUNT_LEVEL = 0.999;

function disagreement(pValues: readonly number[]): Disagreement {
  return {
    settings: pValues.length,
    differ: pValues.filter((pValue) => pValue <= ERROR_LEVEL).length,
    allowed: binomialQuantile(COUNT_LEVEL, pValues.length, ERROR_LEVEL),
  };
}
