/** On what the result of a claim depends, by the factors of the comparisons that it counts. METHOD.md, "From verdicts to claims", has the rule. */
import type { Dependence, DependenceLevel } from "./facts/index.ts";
import { placeOf } from "./claim-quote.ts";
import { resultOf, RESULTS, type ClaimComparison, type Result } from "./claim-result.ts";
import { reductionOf } from "./headline.ts";

/** Those with the fewest values, and those with more. Where two have as few, the run does not tell them apart. */
type Separating = Pick<Dependence, "factors" | "others">;

interface Decided {
  readonly of: ClaimComparison;
  readonly result: Result;
}

/**
 * One dependence over all comparisons, where a factor separates their results or they are of one scenario; else one for each scenario.
 *
 * @returns none where all comparisons have one result
 */
export function dependencesOf(counted: readonly ClaimComparison[]): Dependence[] {
  const all = counted.flatMap((of): Decided[] => {
    const result = resultOf(of);
    return result === null ? [] : [{ of, result }];
  });
  if (new Set(all.map(({ result }) => result)).size < 2) return [];
  const ofScenarios = Map.groupBy(all, ({ of }) => of.scenario.name);
  const by = separatingFactors(all);
  if (by.factors.length > 0 || ofScenarios.size === 1) return [dependence(null, by, all)];
  return [...ofScenarios].map(([scenario, those]) => dependence(scenario, separatingFactors(those), those));
}

function dependence(scenario: string | null, by: Separating, all: readonly Decided[]): Dependence {
  return {
    scenario,
    ...by,
    levels: RESULTS.flatMap((result) => {
      const those = all.filter((one) => one.result === result).map(({ of }) => of);
      return those.length === 0 ? [] : [{ result, settings: those.map(settingOf), reduction: reductionOfOne(result, those) }];
    }),
  };
}

function settingOf(one: ClaimComparison): DependenceLevel["settings"][number] {
  return { scenario: one.scenario.name, condition: one.condition.label, place: placeOf(one) };
}

/** A range of sizes only makes sense within one metric. */
function reductionOfOne(result: Result, those: readonly ClaimComparison[]): DependenceLevel["reduction"] {
  const [first] = those;
  if (first === undefined || (result !== "ws" && result !== "sse") || those.some(({ metric }) => metric.id !== first.metric.id))
    return null;
  return { ...reductionOf(those.map(({ comparison }) => comparison)), unit: first.metric.unit };
}

/**
 * The factors of which each value has one result, among the comparisons that were decided. Each of these must have the factor, and two settings
 * must share a value of it: a factor with a value of its own in each setting separates whatever there is.
 */
function separatingFactors(all: readonly Decided[]): Separating {
  const decided = all.filter(({ result }) => result !== "undecided");
  if (new Set(decided.map(({ result }) => result)).size < 2) return { factors: [], others: [] };
  const names = [...new Set(decided.flatMap(({ of }) => Object.keys(of.condition.factors)))];
  const separating = names.flatMap((name) => {
    if (!decided.every(({ of }) => name in of.condition.factors)) return [];
    const byValue = [...Map.groupBy(decided, ({ of }) => of.condition.factors[name]).values()];
    const isPure = byValue.every((those) => new Set(those.map(({ result }) => result)).size === 1);
    return isPure && byValue.some(isOfSettings) ? [{ name, values: byValue.length }] : [];
  });
  const fewest = Math.min(...separating.map(({ values }) => values));
  const namesOf = (those: typeof separating): string[] => those.map(({ name }) => name);
  return {
    factors: namesOf(separating.filter(({ values }) => values === fewest)),
    others: namesOf(separating.filter(({ values }) => values > fewest)),
  };
}

/** Of more than one. Statistics and metrics of one setting share all its values. */
function isOfSettings(those: readonly Decided[]): boolean {
  const [first] = those;
  return those.some(({ of }) => of.scenario.name !== first?.of.scenario.name || of.condition.id !== first.of.condition.id);
}
