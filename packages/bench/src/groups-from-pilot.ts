import { EFFECT_WANTED, groupsNeeded } from "./analysis/families.ts";
import { effectGroups, groupSamples } from "./analysis/groups.ts";
import type { ScenarioResult } from "./results/schema.ts";
import { pairedRatio } from "./stats/index.ts";

type Pilot = NonNullable<ScenarioResult["pilot"]>;

/**
 * From the pair groups that have been run, how many of each condition are to be run in all: as many as the condition that varies most needs
 * to show {@link EFFECT_WANTED} in its headline, within bounds.
 *
 * Only the spread of the pilot is looked at, never its effect, so that nothing is stopped because it looks good.
 *
 * @param headlines of the whole run: the more are corrected together, the more groups each needs.
 */
export function chooseGroups(
  scenario: ScenarioResult,
  bounds: { readonly least: number; readonly most: number },
  headlines: number,
): Pilot {
  const metric = scenario.metrics[0];
  const quantile = metric?.quantiles[0];
  const needed: Record<string, number | null> = {};
  let pilot = Infinity;
  for (const { id } of scenario.conditions) {
    const { complete } = groupSamples(scenario, id, metric?.id ?? "");
    pilot = Math.min(pilot, complete.length);
    const paired = complete.length < 2 || quantile === undefined ? null : pairedRatio(effectGroups(complete), quantile);
    needed[id] = paired === null ? null : groupsNeeded(complete.length, paired.standardError, headlines);
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
