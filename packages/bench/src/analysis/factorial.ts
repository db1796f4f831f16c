import type { Condition, ScenarioResult } from "../results/schema.ts";
import {
  differenceInterval,
  groupEffects,
  inflated,
  meanInterval,
  meanOf,
  meanWithError,
  statisticOf,
  type MeanEffect,
  type PairGroup,
  type Statistic,
} from "../stats/index.ts";
import type { Comparison, FactorialTable, InputLevel, RatioWithInterval } from "./facts/index.ts";
import { blocksByPair, effectGroups, groupSamples, isCompared } from "./groups.ts";
import type { Comparable } from "./headline.ts";
import { jsonRatio } from "./json.ts";
import { LEAST_GROUPS } from "./verdict.ts";

/** The factor that a condition names when a scenario takes transport and input apart. */
const INPUT = "input";
const levels = ["new", "whole"] as const;

/**
 * Transport × input, for the headline of each setting of the other factors: a comparison that changes transport and input at once cannot say
 * which of the two made the difference; this can.
 *
 * @param scenario as it was judged
 * @param errorsMultipliedBy what the report's control asks for
 */
export function factorialTables(result: ScenarioResult, scenario: Comparable, errorsMultipliedBy: number): FactorialTable[] {
  const metric = result.metrics[0];
  const statistic = metric?.quantiles[0];
  if (result.notRun !== null || metric === undefined || statistic === undefined) return [];
  return pairConditions(result.conditions).flatMap((pair): FactorialTable[] => {
    const conditions = { new: pair.new.id, whole: pair.whole.id };
    const fewest = Math.min(...levels.map((level) => groupSamples(result, conditions[level], metric.id).complete.length));
    const cells = levels.flatMap((input) => {
      const comparison = scenario.conditions
        .find(({ condition }) => condition.id === conditions[input])
        ?.comparisons.find((one) => one.metric === metric.id && one.statistic === statistic);
      return comparison === undefined ? [] : [{ input, comparison }];
    });
    if (fewest < LEAST_GROUPS || cells.length < levels.length) return [];
    return [
      {
        metric: metric.id,
        statistic,
        label: labelOf(pair.new),
        conditions,
        cells: cells.map(({ input, comparison }) => ({ input, arms: comparison.arms })),
        ...effectsOf({ result, conditions, metric: metric.id, statistic, errorsMultipliedBy }, cells),
      },
    ];
  });
}

/** Conditions that differ in nothing but the input. */
function pairConditions(conditions: readonly Condition[]): Record<InputLevel, Condition>[] {
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

/** `1 turn`, `20 turns, real pace`. */
function labelOf({ factors, label }: Condition): string {
  const others = Object.entries(factors).filter(([name]) => name !== INPUT);
  return others.length === 0 ? label : others.map(([name, value]) => `${value} ${value === 1 ? name.replace(/s$/, "") : name}`).join(", ");
}

/** What one table's effects are computed from. */
interface Cells {
  readonly result: ScenarioResult;
  readonly conditions: Readonly<Record<InputLevel, string>>;
  readonly metric: string;
  readonly statistic: Statistic;
  readonly errorsMultipliedBy: number;
}

/**
 * Within a condition, both sides of a group are set beside each other. Conditions were not run next to each other, so theirs are two samples
 * (Welch): what drifted between them widens the interval.
 */
function effectsOf(
  cells: Cells,
  judged: readonly { readonly input: InputLevel; readonly comparison: Comparison }[],
): Pick<FactorialTable, "transport" | "input" | "interaction" | "mixed"> {
  const { result, conditions } = cells;
  const sse = result.arms.find(({ id }) => id === "sse")?.label ?? "SSE";
  const further = result.arms.filter(
    ({ id, peer }) => peer === undefined && !isCompared(id) && levels.every((level) => blocksOf(cells, id, level).length >= LEAST_GROUPS),
  );
  const within = judged.flatMap(({ input, comparison: { effect } }) =>
    effect === null ? [] : [{ input, over: "sse", label: sse, ratio: effect.ratio, interval: effect.interval }],
  );
  const beside = further.flatMap(({ id, label }) =>
    levels.flatMap((input) => {
      const groups = pairedWith(cells, conditions[input], id);
      return groups.length < LEAST_GROUPS ? [] : [{ input, over: id, label, ...ofGroups(cells, groups) }];
    }),
  );
  const between = (above: [string, InputLevel], below: [string, InputLevel]): RatioWithInterval =>
    ofTwo(cells, levelOf(cells, ...above), levelOf(cells, ...below));
  return {
    transport: [...within, ...beside],
    input: [...result.arms.filter(({ id }) => isCompared(id)), ...further].map(({ id, label }) => ({
      arm: id,
      label,
      ...between([id, "new"], [id, "whole"]),
    })),
    interaction: ofTwo(cells, transportAt(cells, "new"), transportAt(cells, "whole")),
    mixed: between(["ws", "new"], ["sse", "whole"]),
  };
}

/** Of one arm, by pair group; of the transports in complete groups only, as their effect is. */
function blocksOf({ result, conditions, metric }: Cells, arm: string, level: InputLevel): readonly (readonly (readonly number[])[])[] {
  return isCompared(arm)
    ? groupSamples(result, conditions[level], metric).complete.map((group) => group[arm])
    : [...blocksByPair(result, conditions[level], arm, metric).values()];
}

/** The logarithm of one arm's value, over its pair groups; `null` where a block's is 0. */
function levelOf(cells: Cells, arm: string, level: InputLevel): MeanEffect | null {
  const logs = blocksOf(cells, arm, level).map((blocks) => meanOf(blocks.map((block) => Math.log(statisticOf(block, cells.statistic)))));
  return logs.every(Number.isFinite) ? meanWithError(logs) : null;
}

function transportAt({ result, conditions, metric, statistic }: Cells, level: InputLevel): MeanEffect | null {
  return groupEffects(effectGroups(groupSamples(result, conditions[level], metric).complete), statistic).logRatio;
}

function ofGroups({ statistic, errorsMultipliedBy }: Cells, groups: readonly PairGroup[]): RatioWithInterval {
  const { logRatio } = groupEffects(groups, statistic);
  return jsonRatio(logRatio === null ? null : { ...meanInterval(inflated(logRatio, errorsMultipliedBy)), mean: logRatio.mean });
}

function ofTwo({ errorsMultipliedBy: by }: Cells, above: MeanEffect | null, below: MeanEffect | null): RatioWithInterval {
  if (above === null || below === null) return jsonRatio(null);
  return jsonRatio({ ...differenceInterval(inflated(above, by), inflated(below, by)), mean: above.mean - below.mean });
}

/** Pair groups in which WebSocket and another arm have samples. */
function pairedWith({ result, metric }: Cells, condition: string, arm: string): PairGroup[] {
  const denominators = blocksByPair(result, condition, arm, metric);
  return [...blocksByPair(result, condition, "ws", metric)].flatMap(([pair, numerator]) => {
    const denominator = denominators.get(pair);
    return denominator === undefined ? [] : [{ numerator, denominator }];
  });
}
