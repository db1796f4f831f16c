/** The settings that runs share, in whatever order the runs are given. */
import { isMap } from "../analysis/map.ts";
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
 * Each setting that any of the runs has, as all of them have it, the newest run first. The same name with other factors is another setting: it
 * may have changed from one version to the next. The map is left out: it has a rule of its own, of one run, and its cells would be many more
 * comparisons among the others.
 */
export function settingsOf(runs: readonly NamedRun[]): readonly (readonly [PlacedSetting, ...PlacedSetting[]])[] {
  // No two of them began at once.
  const newestFirst = runs.toSorted((left, right) => (left.results.startedAt < right.results.startedAt ? 1 : -1));
  const all = newestFirst.flatMap((run) =>
    run.results.scenarios
      .filter((scenario) => !isMap(scenario))
      .flatMap((scenario) => scenario.conditions.map((condition) => ({ run, scenario, condition }))),
  );
  return [...Map.groupBy(all, ({ scenario }) => scenario.name).values()].flatMap((ofScenario) =>
    [...Map.groupBy(ofScenario, settingOf).values()].flatMap(([first, ...others]): [PlacedSetting, ...PlacedSetting[]][] =>
      first === undefined ? [] : [[first, ...others]],
    ),
  );
}

function settingOf({ condition: { id, factors } }: PlacedSetting): string {
  return JSON.stringify([id, factors]);
}
