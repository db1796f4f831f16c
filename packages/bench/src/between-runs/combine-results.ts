/** Several whole runs together: what all blocks of a run share moves its figures, and only other runs can show how much. */
import { groupSamples } from "../analysis/groups.ts";
import { measureMetric } from "../analysis/measure-metric.ts";
import { analyse } from "../analysis/index.ts";
import { isMap } from "../analysis/map.ts";
import type { Verdict } from "../analysis/facts/index.ts";
import { ERROR_LEVEL, judge, LEAST_GROUPS, pValueOf, transports, withInflation, type Evidence } from "../analysis/verdict.ts";
import { assertOnce } from "../results/assert-once.ts";
import type { Metric, Results, ScenarioResult } from "../results/schema.ts";
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

export interface NamedRun {
  readonly file: string;
  readonly results: Results;
}

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
  readonly runs: readonly RunFigure[];
  readonly difference: RunsTogether;
  /** Of the logarithms; `null` where a block's value is 0 in any run. */
  readonly logRatio: RunsTogether | null;
  /** Where it is undecided, its `groupsNeeded` are runs. */
  readonly verdict: Verdict;
}

/** How many figures differ at 5 %, where the runs' own errors would explain all: more than `allowed` is chance once in 1,000. */
export interface Disagreement {
  readonly figures: number;
  readonly differ: number;
  readonly allowed: number;
}

export interface ResultsTogether {
  readonly files: readonly string[];
  readonly figures: readonly CombinedFigure[];
  /** By Cochran's Q, over all runs of a figure. */
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
  const inflation = new Map(runs.map((run) => [run.file, analyse(run.results).control.errorsMultipliedBy]));
  // The map has a rule of its own, of one run: its cells would be many more comparisons among the others.
  const scenarios = first.results.scenarios.filter((scenario) => !isMap(scenario));
  const measured = scenarios.flatMap((scenario) => figuresOf(scenario, runs, inflation));
  if (measured.length === 0)
    throw new RefusedError("nothing-in-common", `No figure was measured in two of these runs with ${LEAST_GROUPS} pair groups.`);
  const adjusted = adjust(measured.map(({ evidence }) => evidence));
  const figures = measured.map(({ evidence, ...figure }, index): CombinedFigure => ({
    ...figure,
    verdict: judge(evidence, adjusted[index] ?? 1, transports),
  }));
  return {
    files: runs.map(({ file }) => file),
    figures,
    q: disagreement(figures.filter(isTested).map(({ logRatio, difference }) => (logRatio ?? difference).q.pValue)),
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

interface MeasuredFigure extends Omit<CombinedFigure, "verdict"> {
  readonly evidence: Evidence;
}

function figuresOf(scenario: ScenarioResult, runs: readonly NamedRun[], inflation: ReadonlyMap<string, number>): MeasuredFigure[] {
  const [metric] = scenario.metrics;
  if (scenario.notRun !== null || metric === undefined) return [];
  return scenario.conditions.flatMap((condition) => {
    const byStatistic = new Map<Statistic, { readonly file: string; readonly evidence: Evidence }[]>();
    for (const { file, results } of runs) {
      const same = results.scenarios.find(({ name }) => name === scenario.name);
      const there = same?.conditions.find(
        ({ id, factors }) => id === condition.id && JSON.stringify(factors) === JSON.stringify(condition.factors),
      );
      const own = same?.metrics.find(({ id, unit }) => id === metric.id && unit === metric.unit);
      if (same === undefined || there === undefined || own === undefined) continue;
      if (groupSamples(same, there.id, own.id).complete.length < LEAST_GROUPS) continue;
      for (const { statistic, evidence } of measureMetric(same, there, own, results.environment)) {
        if ("code" in evidence) continue;
        byStatistic.set(statistic, [
          ...(byStatistic.get(statistic) ?? []),
          { file, evidence: withInflation(evidence, inflation.get(file) ?? 1) },
        ]);
      }
    }
    return [...byStatistic].flatMap(([statistic, all]): MeasuredFigure[] => {
      if (all.length < 2) return [];
      const together = combineEvidence(all.map(({ evidence }) => evidence));
      return [
        {
          scenario: scenario.name,
          title: scenario.title,
          condition: condition.label,
          metric,
          statistic,
          runs: all.map(({ file, evidence: { difference, logRatio, isConstant } }) => ({
            file,
            effects: { difference, logRatio, isConstant },
          })),
          ...together,
        },
      ];
    });
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

function adjust(evidences: readonly Evidence[]): number[] {
  const tested = evidences.flatMap((evidence, index) => (evidence.isConstant ? [] : [{ index, pValue: pValueOf(evidence) }]));
  const pValues = benjaminiHochberg(tested.map(({ pValue }) => pValue));
  const adjusted = evidences.map(() => 1);
  for (const [at, { index }] of tested.entries()) adjusted[index] = pValues[at] ?? 1;
  return adjusted;
}

function isTested({ verdict }: CombinedFigure): boolean {
  return verdict.kind !== "constant";
}

function pairOf(figures: readonly CombinedFigure[], one: string, other: string): ResultsTogether["pairs"][number] {
  const pValues = figures.filter(isTested).flatMap(({ runs, logRatio }) => {
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
    figures: pValues.length,
    differ: pValues.filter((pValue) => pValue <= ERROR_LEVEL).length,
    allowed: binomialQuantile(COUNT_LEVEL, pValues.length, ERROR_LEVEL),
  };
}
