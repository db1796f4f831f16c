import { effectGroups, groupSamples } from "../analysis/groups.ts";
import { CORRECTED_LEVEL, LEAST_GROUPS_OF_A_SPREAD } from "../analysis/verdict.ts";
import type { ScenarioResult } from "../results/schema.ts";
import { whyNotRun } from "./schedule.ts";
import type { Depth, Scenario } from "../scenarios/parts/scenario.ts";
import { groupEffects, groupsNeeded } from "../stats/index.ts";

/** The effect that a pilot chooses the number of pair groups for. */
export const EFFECT_WANTED = 1.05;

export interface PilotBounds {
  /** Pair groups of the pilot. */
  readonly least: number;
  /** Pair groups of the condition that has most of them. */
  readonly most: number;
  /** Ids of those that have more pair groups than the pilot: the choice is theirs. */
  readonly conditions: readonly string[];
}

/** The pilot is the quick depth's groups, and as many as a spread needs where that depth has none. */
export function pilotBounds(scenario: Scenario, depth: Depth): PilotBounds {
  const run = scenario.settings.filter((setting) => whyNotRun(setting, depth) === null);
  const groupsIn = (one: Depth): number[] => run.map(({ groups }) => groups[one]);
  const least = Math.max(LEAST_GROUPS_OF_A_SPREAD, ...groupsIn("quick"));
  return {
    least,
    most: Math.max(0, ...groupsIn(depth)),
    conditions: run.filter(({ groups }) => groups[depth] > least).map(({ id }) => id),
  };
}

type Pilot = NonNullable<ScenarioResult["pilot"]>;

/**
 * From the pair groups that have been run, how many of each condition are to be run in all: as many as the condition that varies most needs
 * to show {@link EFFECT_WANTED} in its headline, within bounds.
 *
 * Only the spread of the pilot is looked at, never its effect, so that nothing is stopped because it looks good.
 */
export function chooseGroups(scenario: ScenarioResult, bounds: PilotBounds): Pilot {
  const metric = scenario.metrics[0];
  const quantile = metric?.quantiles[0];
  const needed: Record<string, number | null> = {};
  let pilot = Infinity;
  for (const id of bounds.conditions) {
    const { complete } = groupSamples(scenario, id, metric?.id ?? "");
    pilot = Math.min(pilot, complete.length);
    const effects = complete.length < 2 || quantile === undefined ? null : groupEffects(effectGroups(complete), quantile);
    needed[id] =
      effects === null || effects.logRatio === null
        ? null
        : Math.max(
            LEAST_GROUPS_OF_A_SPREAD,
            groupsNeeded(effects.logRatio, { distance: Math.log(EFFECT_WANTED), confidence: 1 - CORRECTED_LEVEL }),
          );
  }
  // What a pilot cannot tell is run to the full.
  const wanted = Math.max(...Object.values(needed).map((groups) => groups ?? bounds.most));
  return {
    groups: Number.isFinite(pilot) ? pilot : 0,
    ratio: EFFECT_WANTED,
    needed,
    chosen: Math.min(bounds.most, Math.max(bounds.least, wanted)),
  };
}
