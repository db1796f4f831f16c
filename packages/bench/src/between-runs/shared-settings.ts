/** The settings that runs share, in whatever order the runs are given. */
import { isMap } from "../analysis/map.ts";
import { haveAlikeFactors } from "../results/alike-factors.ts";
import type { Condition, Results, ScenarioResult } from "../results/schema.ts";

export interface NamedRun {
  readonly file: string;
  readonly results: Results;
}

/** A setting of a scenario, as one run has it. */
export interface PlacedSetting {
  readonly run: NamedRun;
  readonly scenario: ScenarioResult;
  readonly condition: Condition;
}

/**
 * Each setting that any of the runs has, as all of them have it, the newest run first. The same name with another value of a factor is another
 * setting: it may have changed from one version to the next. The map is left out: it has a rule of its own, of one run, and its cells would be many
 * more comparisons among the others.
 */
export function settingsOf(runs: readonly NamedRun[]): readonly (readonly [PlacedSetting, ...PlacedSetting[]])[] {
  // No two of them began at once.
  const newestFirst = runs.toSorted((left, right) => (left.results.startedAt < right.results.startedAt ? 1 : -1));
  const all = newestFirst.flatMap((run) =>
    run.results.scenarios
      .filter((scenario) => !isMap(scenario))
      .flatMap((scenario) => scenario.conditions.map((condition) => ({ run, scenario, condition }))),
  );
  return [...Map.groupBy(all, ({ scenario, condition }) => JSON.stringify([scenario.name, condition.id])).values()].flatMap(alike);
}

/** Of one name, by what the newest run of each says that it is. */
function alike(named: readonly PlacedSetting[]): [PlacedSetting, ...PlacedSetting[]][] {
  const groups: [PlacedSetting, ...PlacedSetting[]][] = [];
  for (const one of named) {
    const group = groups.find(([first]) => haveAlikeFactors(first.condition.factors, one.condition.factors));
    if (group === undefined) groups.push([one]);
    else group.push(one);
  }
  return groups;
}
