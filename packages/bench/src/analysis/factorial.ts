import type { Condition, Metric, ScenarioResult } from "../results/schema.ts";
import { compareIndependent, deriveSeed, seededRandom } from "../stats/index.ts";
import type { CompareOptions } from "./compare.ts";
import { groupSamples } from "./groups.ts";
import { jsonInterval, jsonNumber } from "./json.ts";
import type { Comparable } from "./headline.ts";
import type { ComparedArm, FactorEffect, FactorialTable } from "./types.ts";
import { LEAST_GROUPS } from "./verdict.ts";

/** The factor that a condition names when a scenario takes transport and input apart. */
const INPUT = "input";
const levels = ["new", "whole"] as const;
type Level = (typeof levels)[number];

/**
 * Transport × input, for the headline of each setting of the other factors: a comparison that changes transport and input at once cannot say
 * which of the two made the difference; this can.
 */
export function factorialTables(result: ScenarioResult, scenario: Comparable, options: CompareOptions): FactorialTable[] {
  const metric = result.metrics[0];
  const quantile = metric?.quantiles[0];
  if (metric === undefined || quantile === undefined) return [];
  return pairConditions(result.conditions).flatMap((pair) => {
    const cells = levels.flatMap((input) => {
      const comparison = scenario.conditions
        .find(({ condition }) => condition.id === pair[input].id)
        ?.comparisons.find((one) => one.metric === metric.id && one.quantile === quantile);
      return comparison === undefined ? [] : [{ input, comparison }];
    });
    const between = betweenConditions(result, metric, quantile, pair, options);
    if (cells.length < levels.length || between === null) return [];
    return [
      {
        metric: metric.id,
        quantile,
        label: labelOf(pair.new),
        cells: cells.map(({ input, comparison }) => ({ input, arms: comparison.arms })),
        transport: cells.flatMap(({ input, comparison: { effect } }) =>
          effect === null ? [] : [{ input, ratio: effect.ratio, interval: effect.interval }],
        ),
        input: (["sse", "ws"] as const).map((arm) => ({
          arm,
          label: result.arms.find(({ id }) => id === arm)?.label ?? arm,
          ...between({ arm, level: "new" }, { arm, level: "whole" }),
        })),
        mixed: between({ arm: "ws", level: "new" }, { arm: "sse", level: "whole" }),
      },
    ];
  });
}

/** Conditions that differ in nothing but the input. */
function pairConditions(conditions: readonly Condition[]): Record<Level, Condition>[] {
  return conditions.flatMap((condition) => {
    if (condition.factors[INPUT] !== "new") return [];
    const whole = conditions.find((other) => other.factors[INPUT] === "whole" && otherFactors(other) === otherFactors(condition));
    return whole === undefined ? [] : [{ new: condition, whole }];
  });
}

function otherFactors({ factors }: Condition): string {
  const names = Object.keys(factors).filter((name) => name !== INPUT);
  return JSON.stringify(names.sort((left, right) => (left < right ? -1 : 1)).map((name) => [name, factors[name]]));
}

function labelOf({ factors, label }: Condition): string {
  const others = Object.entries(factors).filter(([name]) => name !== INPUT);
  return others.length === 0 ? label : others.map(([name, value]) => `${value} ${name}`).join(", ");
}

interface Cell {
  readonly arm: ComparedArm;
  readonly level: Level;
}

/** Conditions were not run next to each other, so their groups are resampled apart. */
function betweenConditions(
  result: ScenarioResult,
  metric: Metric,
  quantile: number,
  pair: Record<Level, Condition>,
  { seed, resamples }: CompareOptions,
): ((above: Cell, below: Cell) => FactorEffect) | null {
  const groups = {
    new: groupSamples(result, pair.new.id, metric.id).complete,
    whole: groupSamples(result, pair.whole.id, metric.id).complete,
  };
  if (Math.min(groups.new.length, groups.whole.length) < LEAST_GROUPS) return null;
  const samplesOf = ({ arm, level }: Cell): number[][] => groups[level].map((group) => group[arm].flat());
  return (above, below) => {
    const random = seededRandom(
      deriveSeed(seed, result.name, pair.new.id, metric.id, `${above.arm} ${above.level} over ${below.arm} ${below.level}`),
    );
    const { ratio, interval } = compareIndependent(samplesOf(above), samplesOf(below), quantile, { random, resamples });
    return { ratio: jsonNumber(ratio), interval: jsonInterval(interval) };
  };
}
