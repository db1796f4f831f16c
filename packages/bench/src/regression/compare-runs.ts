import { quantileName, unitName } from "../report/words/format.ts";
import { usableBlocks } from "../analysis/groups.ts";
import { countIntegrity, faultyEvents } from "../analysis/totals.ts";
import { LEAST_GROUPS_OF_A_SPREAD, resolutionOf } from "../analysis/verdict.ts";
import { RefusedError } from "../usage/errors.ts";
import { rawPath } from "../raw/path.ts";
import type { Condition, Metric, Results, ScenarioResult } from "../results/schema.ts";
import { deriveSeed, samplesNeeded } from "../stats/index.ts";
import { changeOf, simultaneousLevel, type Change } from "./change.ts";
import { COMPARISON_SCHEMA, COMPARISON_VERSION, type Figure, type RunComparison } from "./schema.ts";
import { select, type Selected, type Selector } from "./select.ts";

export interface CompareRunsOptions {
  readonly selectors: readonly Selector[];
  readonly maxRegression: number;
  /** Compares runs of two machines all the same. */
  readonly anyway: boolean;
  readonly resamples?: number;
}

export interface NamedResults {
  readonly file: string;
  readonly results: Results;
}

/** What became worse, better or neither from one run to another of the same scenarios: a pure function of both files. @throws RefusedError, UsageError */
export function compareRuns(before: NamedResults, after: NamedResults, options: CompareRunsOptions): RunComparison {
  assertComparable(before.results, after.results, options.anyway);
  const { both, leftOut } = commonScenarios(before.results, after.results);
  const chosen = select(
    both.map(({ old }) => old),
    options.selectors,
    options.maxRegression,
  );
  const wanted = chosen.flatMap((selected) => figuresOf(selected, both.find(({ old }) => old === selected.scenario)?.now));
  const compared = wanted.filter(({ reason }) => reason === null).length;
  if (compared === 0) {
    const [first] = wanted;
    throw new RefusedError("nothing-in-common", `Nothing can be compared${first?.reason == null ? "" : `: ${first.reason}`}.`);
  }
  const level = simultaneousLevel(compared);
  const figures = wanted.map((one) => figure(one, before.results, after.results, level, options.resamples ?? 2_000));
  const faults = both.flatMap(({ old, now }) => faultsOf(old, now));
  const isWorse = figures.some(({ outcome }) => outcome === "regression") || faults.some((one) => one.after > one.before);
  const about = ({ file, results }: NamedResults): RunComparison["before"] => ({
    file,
    startedAt: results.startedAt,
    commit: results.environment.commit,
  });
  return {
    schema: COMPARISON_SCHEMA,
    version: COMPARISON_VERSION,
    before: about(before),
    after: about(after),
    level,
    figures,
    faults,
    leftOut,
    outcome: isWorse ? "regression" : "pass",
  };
}

/** Figures of two machines, targets or kinds of traffic differ for reasons that are no change of the program. */
function assertComparable(before: Results, after: Results, anyway: boolean): void {
  for (const option of ["target", "traffic"] as const) {
    const [old, now] = [before.options[option], after.options[option]];
    if (old !== now)
      throw new RefusedError("other-settings", `The ${option} was ${old ?? "the embedded Worker"} and is ${now ?? "the embedded Worker"}.`);
  }
  if (anyway) return;
  for (const field of ["cpuModel", "cores", "node"] as const) {
    const [old, now] = [before.environment[field], after.environment[field]];
    if (old !== now) {
      throw new RefusedError(
        "other-environment",
        `${field} was ${old} and is ${now}: measure both on one machine, or compare them --anyway.`,
      );
    }
  }
}

function commonScenarios(
  before: Results,
  after: Results,
): { readonly both: { readonly old: ScenarioResult; readonly now: ScenarioResult }[]; readonly leftOut: RunComparison["leftOut"] } {
  const leftOut: RunComparison["leftOut"] = [];
  const both = before.scenarios.flatMap((old) => {
    const now = after.scenarios.find(({ name }) => name === old.name);
    const reason = now === undefined ? "only in the first file" : (old.notRun ?? now.notRun);
    if (now === undefined || reason !== null) {
      leftOut.push({ scenario: old.name, reason: reason ?? "" });
      return [];
    }
    assertSameSettings(old, now);
    return [{ old, now }];
  });
  const onlyAfter = after.scenarios.filter(({ name }) => before.scenarios.every((one) => one.name !== name));
  leftOut.push(...onlyAfter.map(({ name }) => ({ scenario: name, reason: "only in the second file" })));
  return { both, leftOut };
}

function assertSameSettings(old: ScenarioResult, now: ScenarioResult): void {
  const settings: readonly (readonly [string, (scenario: ScenarioResult) => unknown])[] = [
    ["arms", ({ arms }) => arms.filter(({ peer }) => peer === undefined).map(({ id }) => id)],
    ["settings", ({ conditions }) => conditions.map(({ id, factors }) => [id, factors])],
    ["metrics", ({ metrics }) => metrics.map(({ id, unit, better, quantiles }) => [id, unit, better, quantiles])],
  ];
  for (const [what, read] of settings) {
    if (JSON.stringify(read(old)) !== JSON.stringify(read(now)))
      throw new RefusedError("other-settings", `${old.name} has other ${what} in the second file, so that its figures cannot be compared.`);
  }
}

interface Wanted extends Selected {
  readonly condition: Condition;
  readonly arm: string;
  readonly old: number[][];
  readonly now: number[][];
  readonly reason: string | null;
}

function figuresOf(selected: Selected, now: ScenarioResult | undefined): Wanted[] {
  const { scenario, metric, quantile } = selected;
  return scenario.conditions.flatMap((condition) =>
    (["sse", "ws"] as const).flatMap((arm) => {
      const sides = { old: groupsOf(scenario, condition, metric, arm), now: groupsOf(now, condition, metric, arm) };
      if (sides.old.length + sides.now.length === 0) return [];
      return [{ ...selected, ...sides, condition, arm, reason: whyNot(sides.old, sides.now, quantile) }];
    }),
  );
}

/** One list of samples for each pair group: both blocks of the arm stood in the same minute. */
function groupsOf(scenario: ScenarioResult | undefined, condition: Condition, metric: Metric, arm: string): number[][] {
  if (scenario === undefined) return [];
  const byPair = Map.groupBy(usableBlocks(scenario, condition.id, arm, metric.id), ({ pair }) => pair);
  return [...byPair.values()].map((blocks) => blocks.flatMap(({ samples }) => samples[metric.id] ?? []));
}

function whyNot(old: readonly number[][], now: readonly number[][], quantile: number): string | null {
  const groups = Math.min(old.length, now.length);
  if (groups < LEAST_GROUPS_OF_A_SPREAD) return `${groups} pair groups, at least ${LEAST_GROUPS_OF_A_SPREAD} needed`;
  const samples = Math.min(old.flat().length, now.flat().length);
  const needed = samplesNeeded(quantile);
  return samples < needed ? `${samples} samples, at least ${needed} needed for ${quantileName(quantile)}` : null;
}

function figure(wanted: Wanted, before: Results, after: Results, level: number, resamples: number): Figure {
  const { scenario, condition, arm, metric, quantile, maxRegression, old, now, reason } = wanted;
  const base = {
    scenario: scenario.name,
    condition: condition.id,
    arm,
    metric: metric.id,
    quantile,
    unit: unitName(metric.unit),
    better: metric.better,
    reason,
    maxRegression,
    groups: { before: old.length, after: now.length },
    raw: rawPath({ scenario: scenario.name, condition: condition.id, arm, kind: "samples", name: metric.id }),
  };
  if (reason !== null) {
    const none = { before: null, after: null, ratio: null, ratioInterval: null, difference: null, differenceInterval: null };
    return { ...base, ...none, outcome: "not-compared", couldHide: true };
  }
  const seed = deriveSeed(after.options.seed, "compare", scenario.name, condition.id, arm, metric.id, String(quantile));
  const change = changeOf(old, now, quantile, { seed, resamples, level });
  const resolution = Math.max(resolutionOf(metric, quantile, before.environment), resolutionOf(metric, quantile, after.environment));
  return { ...base, ...change, ...judgeChange(change, metric, maxRegression, resolution) };
}

/** The rule, fixed beforehand: outside noise first, then the size. */
export function judgeChange(
  change: Change,
  metric: Pick<Metric, "better">,
  maxRegression: number,
  resolution: number,
): Pick<Figure, "outcome" | "couldHide"> {
  const { ratio, ratioInterval, difference } = change;
  const interval = ratioInterval === null ? change.differenceInterval : { low: ratioInterval.low - 1, high: ratioInterval.high - 1 };
  const sign = metric.better === "lower" ? 1 : -1;
  // By how much worse, as a share of the value before; any worsening of 0 is beyond every share.
  const worseBy = (shift: number): number => (ratio === null ? (sign * shift) / Math.abs(change.before) : sign * shift);
  const [least, most] = [worseBy(interval.low), worseBy(interval.high)].sort((left, right) => left - right);
  const couldHide = (most ?? 0) > maxRegression;
  const isNoise = (interval.low <= 0 && interval.high >= 0) || Math.abs(difference) <= resolution || least === undefined;
  if (isNoise) return { outcome: "noise", couldHide };
  const shift = worseBy(ratio === null ? difference : ratio - 1);
  if (shift < 0) return { outcome: "improvement", couldHide: false };
  return { outcome: shift > maxRegression ? "regression" : "worse", couldHide };
}

function faultsOf(old: ScenarioResult, now: ScenarioResult): RunComparison["faults"] {
  return old.arms.flatMap(({ id }) => {
    const fault = { scenario: old.name, arm: id, before: countFaults(old, id), after: countFaults(now, id) };
    return fault.before + fault.after === 0 ? [] : [fault];
  });
}

function countFaults(scenario: ScenarioResult, arm: string): number {
  return countIntegrity([scenario])
    .filter((one) => one.arm === arm)
    .reduce((sum, one) => sum + faultyEvents(one), 0);
}
