import type { Condition, ScenarioResult } from "../results/schema.ts";
import {
  compareIndependent,
  compareQuantiles,
  compareRatios,
  deriveSeed,
  seededRandom,
  type PairGroup,
  type Random,
} from "../stats/index.ts";
import type { ComparedArm, FactorialTable, InputLevel, RatioWithInterval } from "./facts/index.ts";
import { effectGroups, groupSamples, isCompared, samplesByPair } from "./groups.ts";
import type { Comparable } from "./headline.ts";
import { jsonInterval, jsonNumber } from "./json.ts";
import type { CompareOptions } from "./measure-metric.ts";
import { LEAST_GROUPS } from "./verdict.ts";

/** The factor that a condition names when a scenario takes transport and input apart. */
const INPUT = "input";
const levels = ["new", "whole"] as const;

/** The bootstraps of one table: a unit for worker threads, with all that it needs. */
export interface FactorialJob {
  readonly kind: "factorial";
  /** With the blocks of the two conditions only. */
  readonly scenario: ScenarioResult;
  readonly conditions: Readonly<Record<InputLevel, string>>;
  readonly metric: string;
  readonly quantile: number;
  readonly label: string;
  readonly options: CompareOptions;
}

/** What a table has besides the comparisons within each condition. */
export interface MeasuredFactorial extends Pick<FactorialJob, "conditions" | "metric" | "quantile" | "label"> {
  readonly scenario: string;
  readonly further: FactorialTable["transport"];
  readonly input: FactorialTable["input"];
  readonly interaction: RatioWithInterval;
  readonly mixed: RatioWithInterval;
}

/**
 * Transport × input, for the headline of each setting of the other factors: a comparison that changes transport and input at once cannot say
 * which of the two made the difference; this can.
 */
export function factorialJobs(result: ScenarioResult, options: CompareOptions): FactorialJob[] {
  const metric = result.metrics[0];
  const quantile = metric?.quantiles[0];
  if (result.notRun !== null || metric === undefined || quantile === undefined) return [];
  return pairConditions(result.conditions).flatMap((pair): FactorialJob[] => {
    const conditions = { new: pair.new.id, whole: pair.whole.id };
    const blocks = result.blocks.filter(({ condition }) => condition === conditions.new || condition === conditions.whole);
    const scenario = { ...result, blocks };
    const fewest = Math.min(...levels.map((level) => groupSamples(scenario, conditions[level], metric.id).complete.length));
    return fewest < LEAST_GROUPS
      ? []
      : [{ kind: "factorial", scenario, conditions, metric: metric.id, quantile, label: labelOf(pair.new), options }];
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

/** Within a condition, groups are drawn with both sides; conditions were not run next to each other, so theirs are resampled apart. */
export function runFactorialJob({ scenario, conditions, metric, quantile, label, options }: FactorialJob): MeasuredFactorial {
  const randomFor = (what: string): { readonly random: Random; readonly resamples: number } => ({
    random: seededRandom(deriveSeed(options.seed, scenario.name, conditions.new, metric, what)),
    resamples: options.resamples,
  });
  const complete = {
    new: groupSamples(scenario, conditions.new, metric).complete,
    whole: groupSamples(scenario, conditions.whole, metric).complete,
  };
  const samplesOf = (arm: string, level: InputLevel): (readonly number[])[] =>
    isCompared(arm)
      ? complete[level].map((group) => group[arm].flat())
      : [...samplesByPair(scenario, conditions[level], arm, metric).values()];
  const between = (above: [string, InputLevel], below: [string, InputLevel]): RatioWithInterval =>
    jsonEffect(
      compareIndependent(samplesOf(...above), samplesOf(...below), quantile, randomFor(`${above.join(" ")} over ${below.join(" ")}`)),
    );
  const furtherArms = scenario.arms.filter(
    ({ id }) => !isCompared(id) && levels.every((level) => samplesOf(id, level).length >= LEAST_GROUPS),
  );
  const armsWithInput = [...scenario.arms.filter(({ id }) => isCompared(id)), ...furtherArms];
  return {
    scenario: scenario.name,
    conditions,
    metric,
    quantile,
    label,
    further: furtherArms.flatMap(({ id, label: name }) =>
      levels.flatMap((input) => {
        const groups = pairedWith(scenario, conditions[input], "ws", id, metric);
        if (groups.length < LEAST_GROUPS) return [];
        const [effect] = compareQuantiles(groups, [quantile], randomFor(`ws over ${id} ${input}`));
        return effect === undefined
          ? []
          : [{ input, over: id, label: name, ...jsonEffect({ ratio: effect.ratio, interval: effect.ratioInterval }) }];
      }),
    ),
    input: armsWithInput.map(({ id, label: name }) => ({ arm: id, label: name, ...between([id, "new"], [id, "whole"]) })),
    interaction: jsonEffect(compareRatios(effectGroups(complete.new), effectGroups(complete.whole), quantile, randomFor("interaction"))),
    mixed: between(["ws", "new"], ["sse", "whole"]),
  };
}

/** Pair groups in which both arms have samples. */
function pairedWith(scenario: ScenarioResult, condition: string, above: ComparedArm, below: string, metric: string): PairGroup[] {
  const denominators = samplesByPair(scenario, condition, below, metric);
  return [...samplesByPair(scenario, condition, above, metric)].flatMap(([pair, numerator]) => {
    const denominator = denominators.get(pair);
    return denominator === undefined ? [] : [{ numerator, denominator }];
  });
}

function jsonEffect({ ratio, interval }: ReturnType<typeof compareIndependent>): RatioWithInterval {
  return { ratio: jsonNumber(ratio), interval: jsonInterval(interval) };
}

/** @param measured of this scenario */
export function factorialTables(
  scenario: Comparable & Pick<ScenarioResult, "arms">,
  measured: readonly MeasuredFactorial[],
): FactorialTable[] {
  const sse = scenario.arms.find(({ id }) => id === "sse")?.label ?? "SSE";
  return measured.flatMap(({ scenario: _name, further, ...table }): FactorialTable[] => {
    const cells = levels.flatMap((input) => {
      const comparison = scenario.conditions
        .find(({ condition }) => condition.id === table.conditions[input])
        ?.comparisons.find((one) => one.metric === table.metric && one.quantile === table.quantile);
      return comparison === undefined ? [] : [{ input, comparison }];
    });
    if (cells.length < levels.length) return [];
    const within = cells.flatMap(({ input, comparison: { effect } }) =>
      effect === null ? [] : [{ input, over: "sse", label: sse, ratio: effect.ratio, interval: effect.interval }],
    );
    return [
      { ...table, cells: cells.map(({ input, comparison }) => ({ input, arms: comparison.arms })), transport: [...within, ...further] },
    ];
  });
}
