/** How much blocks of real runs differ: what a simulation must have, to say anything of them. */
import { groupSamples } from "../analysis/groups.ts";
import { LEAST_GROUPS_OF_A_SPREAD } from "../analysis/verdict.ts";
import type { Results } from "../results/schema.ts";
import { meanOf, quantile, statisticOf } from "../stats/index.ts";
import type { Spreads } from "./experiment.ts";

const arms = ["sse", "ws"] as const;

/**
 * Of each setting with pair groups enough, for its scenario's first figure: the standard deviation of the log between the two blocks of one arm
 * in a group, and what groups add to it. Settings in which nothing varies are left out.
 */
export function spreadsOf(results: Results): Spreads[] {
  return results.scenarios.flatMap((scenario) => {
    const [metric] = scenario.metrics;
    const statistic = metric?.quantiles[0];
    if (scenario.notRun !== null || metric === undefined || statistic === undefined) return [];
    return scenario.conditions.flatMap(({ id }): Spreads[] => {
      const { complete } = groupSamples(scenario, id, metric.id);
      if (complete.length < LEAST_GROUPS_OF_A_SPREAD) return [];
      const logs = arms.map((arm) => complete.map((group) => group[arm].map((block) => Math.log(statisticOf(block, statistic)))));
      if (!logs.flat(2).every(Number.isFinite)) return [];
      const blocks = meanOf(logs.flat().map(([first = 0, second = 0]) => (first - second) ** 2 / 2));
      const all = meanOf(logs.map((groups) => varianceOf(groups.flat())));
      return all === 0 ? [] : [{ blocks: Math.sqrt(blocks), groups: Math.sqrt(Math.max(0, all - blocks)) }];
    });
  });
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** The quartiles over the settings, each spread by itself. */
export function quartilesOf(spreads: readonly Spreads[]): Spreads[] {
  return [0.25, 0.5, 0.75].map((share) => ({
    blocks: quantile(
      spreads.map(({ blocks }) => blocks),
      share,
    ),
    groups: quantile(
      spreads.map(({ groups }) => groups),
      share,
    ),
  }));
}

/** Those of reports/standard and reports/network when this was written, rounded; a test sees that they are still near. */
export const measuredQuartiles: readonly Spreads[] = [
  { blocks: 0.06, groups: 0 },
  { blocks: 0.17, groups: 0.02 },
  { blocks: 0.31, groups: 0.09 },
];
