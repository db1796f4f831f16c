import type { Arm, Condition, Environment, Metric, ScenarioResult } from "../results/schema.ts";
import {
  compareQuantiles,
  contains,
  controlGroups,
  deriveSeed,
  quantileSorted,
  samplesNeeded,
  seededRandom,
  sortedSamples,
  type Interval,
  type QuantileComparison,
} from "../stats/index.ts";
import { controlPairs, effectGroups, groupSamples, isCompared, usableBlocks, type GroupedSamples } from "./groups.ts";
import { armName, formatCount, plural, quantileName } from "./format.ts";
import type { ArmValue, ComparedArm, Comparison, Control, Effect, JsonInterval, Verdict } from "./types.ts";
import { betterArm, judge, LEAST_GROUPS, resolutionOf } from "./verdict.ts";

export interface CompareOptions {
  readonly environment: Environment;
  readonly seed: number;
  readonly resamples: number;
}

interface Pooled {
  readonly arm: Arm;
  readonly sorted: Float64Array;
  readonly blocks: number;
}

const comparedArms: readonly ComparedArm[] = ["sse", "ws"];

/** All quantiles of one metric at one condition; none where no block of the condition measured the metric. */
export function compareMetric(scenario: ScenarioResult, condition: Condition, metric: Metric, options: CompareOptions): Comparison[] {
  const grouped = groupSamples(scenario, condition.id, metric.id);
  const pooled = scenario.arms.map((arm) => poolArm(scenario, condition, metric, arm, grouped));
  const wasRun = scenario.blocks.some((block) => block.condition === condition.id);
  if (wasRun && pooled.every(({ sorted }) => sorted.length === 0)) return [];

  const bootstrap = grouped.complete.length >= LEAST_GROUPS ? bootstrapAll(scenario, condition, metric, grouped, options) : null;
  return metric.quantiles.map((quantile) => {
    const base = {
      metric: metric.id,
      quantile,
      arms: pooled.map((pool) => armValue(pool, quantile)),
      resolution: resolutionOf(metric, quantile, options.environment),
      groups: grouped.complete.length,
      groupsLeftOut: grouped.leftOut,
    };
    const missing = whyNotEnough(pooled, quantile, grouped);
    const effect = bootstrap?.effect.find((one) => one.quantile === quantile);
    if (missing !== null || bootstrap === null || effect === undefined) {
      return {
        ...base,
        effect: null,
        controls: [],
        verdict: { kind: "not-enough-data", reason: missing ?? "nothing to compare" },
        better: null,
      };
    }
    const controls = comparedArms.flatMap((arm) => {
      const control = bootstrap.controls[arm].find((one) => one.quantile === quantile);
      return control === undefined ? [] : [{ arm, control }];
    });
    const verdict: Verdict = judge({
      ratio: effect.ratio,
      interval: effect.ratioInterval,
      difference: effect.difference,
      controls: controls.map(({ control }) => control.ratioInterval),
      resolution: base.resolution,
    });
    return {
      ...base,
      effect: jsonEffect(effect),
      controls: controls.map(({ arm, control }) => jsonControl(arm, control)),
      verdict,
      better: betterArm(verdict, metric),
    };
  });
}

/** The compared arms are pooled over complete groups, as the effect is; where there is none, and for the other arms, over all usable blocks. */
function poolArm(scenario: ScenarioResult, condition: Condition, metric: Metric, arm: Arm, grouped: GroupedSamples): Pooled {
  const { id } = arm;
  const blocks =
    isCompared(id) && grouped.complete.length > 0
      ? grouped.complete.flatMap((group) => group[id])
      : usableBlocks(scenario, condition.id, id, metric.id).map((block) => block.samples[metric.id] ?? []);
  return { arm, sorted: sortedSamples(blocks.flat()), blocks: blocks.length };
}

function armValue({ arm, sorted, blocks }: Pooled, quantile: number): ArmValue {
  const isEnough = sorted.length > 0 && sorted.length >= samplesNeeded(quantile);
  return { arm: arm.id, label: arm.label, samples: sorted.length, blocks, value: isEnough ? quantileSorted(sorted, quantile) : null };
}

function whyNotEnough(pooled: readonly Pooled[], quantile: number, grouped: GroupedSamples): string | null {
  for (const arm of comparedArms) {
    const sorted = pooled.find((pool) => pool.arm.id === arm)?.sorted;
    if (sorted === undefined || sorted.length === 0) return `not measured over ${armName(arm)}`;
    // A ratio of quantiles means nothing across zero.
    if ((sorted[0] ?? 0) < 0) return `negative values over ${armName(arm)}`;
  }
  if (grouped.complete.length < LEAST_GROUPS) return `${plural(grouped.complete.length, "pair group")} of at least ${LEAST_GROUPS}`;
  const fewest = Math.min(...pooled.filter((pool) => isCompared(pool.arm.id)).map((pool) => pool.sorted.length));
  const needed = samplesNeeded(quantile);
  return fewest < needed ? `too few samples: ${formatCount(fewest)} of ${formatCount(needed)} for ${quantileName(quantile)}` : null;
}

function bootstrapAll(
  scenario: ScenarioResult,
  condition: Condition,
  metric: Metric,
  { complete }: GroupedSamples,
  { seed, resamples }: CompareOptions,
): { readonly effect: QuantileComparison[]; readonly controls: Record<ComparedArm, QuantileComparison[]> } {
  const randomFor = (what: string): ReturnType<typeof seededRandom> =>
    seededRandom(deriveSeed(seed, scenario.name, condition.id, metric.id, what));
  const control = (arm: ComparedArm): QuantileComparison[] => {
    const random = randomFor(`control ${arm}`);
    return compareQuantiles(controlGroups(controlPairs(complete, arm), random), metric.quantiles, { random, resamples });
  };
  return {
    effect: compareQuantiles(effectGroups(complete), metric.quantiles, { random: randomFor("effect"), resamples }),
    controls: { sse: control("sse"), ws: control("ws") },
  };
}

function jsonEffect(effect: QuantileComparison): Effect {
  return {
    ratio: jsonNumber(effect.ratio),
    interval: jsonInterval(effect.ratioInterval),
    difference: effect.difference,
    differenceInterval: jsonInterval(effect.differenceInterval),
  };
}

function jsonControl(arm: ComparedArm, control: QuantileComparison): Control {
  return {
    arm,
    ratio: jsonNumber(control.ratio),
    interval: jsonInterval(control.ratioInterval),
    cries: !contains(control.ratioInterval, 1),
  };
}

export function jsonInterval({ low, high }: Interval): JsonInterval {
  return { low: jsonNumber(low), high: jsonNumber(high) };
}

export function jsonNumber(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
