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
  type PairGroup,
  type QuantileComparison,
} from "../stats/index.ts";
import type { ArmValue, ComparedArm, Comparison, Control, NotEnoughData } from "./facts/index.ts";
import { controlPairs, effectGroups, groupSamples, isCompared, usableBlocks, type GroupedSamples } from "./groups.ts";
import { jsonEffect, jsonInterval, jsonNumber } from "./json.ts";
import { floorOf, isTailOfFewBlocks, LEAST_GROUPS, resolutionOf, type Evidence } from "./verdict.ts";

export interface CompareOptions {
  readonly environment: Environment;
  readonly seed: number;
  readonly resamples: number;
}

/** A comparison before its verdict, which needs those of its whole family. */
export interface Measured extends Omit<Comparison, "verdict" | "better" | "adjustedPValue" | "family" | "withoutMarked" | "groupsNeeded"> {
  /** What the verdict is made from, or why there is none. */
  readonly evidence: Evidence | NotEnoughData;
  readonly standardError: number | null;
}

interface Pooled {
  readonly arm: Arm;
  readonly sorted: Float64Array;
  readonly blocks: number;
}

export const NOTHING_TO_COMPARE: NotEnoughData = { code: "nothing-to-compare" };

const comparedArms: readonly ComparedArm[] = ["sse", "ws"];

/**
 * All quantiles of one metric at one condition; none where no block of the condition measured the metric.
 *
 * @param leaveOut pair groups that are not looked at, by number.
 */
export function measureMetric(
  scenario: ScenarioResult,
  condition: Condition,
  metric: Metric,
  options: CompareOptions,
  leaveOut: ReadonlySet<number> = new Set(),
): Measured[] {
  const grouped = groupSamples(scenario, condition.id, metric.id, leaveOut);
  const pooled = scenario.arms.filter(({ peer }) => peer === undefined).map((arm) => poolArm(scenario, condition, metric, arm, grouped));
  const wasRun = scenario.blocks.some((block) => block.condition === condition.id);
  if (wasRun && pooled.every(({ sorted }) => sorted.length === 0)) return [];

  const bootstrap = grouped.complete.length >= LEAST_GROUPS ? bootstrapAll(scenario, condition, metric, grouped, options) : null;
  return metric.quantiles.map((quantile) => {
    const arms = pooled.map((pool) => armValue(pool, quantile));
    const base = {
      metric: metric.id,
      quantile,
      arms,
      resolution: resolutionOf(metric, quantile, options.environment),
      groups: grouped.complete.length,
      groupsLeftOut: grouped.leftOut,
    };
    const effect = bootstrap?.effect.find((one) => one.quantile === quantile);
    const missing = whyNotEnough(pooled, quantile, grouped) ?? whyTailDisagrees(effect);
    if (missing !== null || bootstrap === null || effect === undefined) {
      return { ...base, effect: null, controls: [], evidence: missing ?? NOTHING_TO_COMPARE, standardError: null };
    }
    const controls = comparedArms.flatMap((arm) => {
      const control = bootstrap.controls[arm].find((one) => one.quantile === quantile);
      return control === undefined ? [] : [{ arm, control }];
    });
    return {
      ...base,
      effect: jsonEffect(effect),
      controls: controls.map(({ arm, control }) => jsonControl(arm, control)),
      evidence: {
        ratio: effect.ratio,
        interval: effect.ratioInterval,
        difference: effect.difference,
        controls: controls.map(({ control }) => control.ratioInterval),
        resolution: base.resolution,
        larger: Math.max(effect.numerator, effect.denominator),
        floor: floorOf(metric, arms),
      },
      standardError: effect.paired?.standardError ?? null,
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

function whyNotEnough(pooled: readonly Pooled[], quantile: number, grouped: GroupedSamples): NotEnoughData | null {
  for (const arm of comparedArms) {
    const sorted = pooled.find((pool) => pool.arm.id === arm)?.sorted;
    if (sorted === undefined || sorted.length === 0) return { code: "not-measured", arm };
    // A ratio of quantiles means nothing across zero.
    if ((sorted[0] ?? 0) < 0) return { code: "negative-values", arm };
  }
  const groups = grouped.complete.length;
  const compared = pooled.filter((pool) => isCompared(pool.arm.id));
  const fewest = Math.min(...compared.map((pool) => pool.sorted.length));
  return tooFew(groups, fewest, quantile);
}

/** Fewer pair groups than a verdict needs, or fewer samples than the quantile. */
export function tooFew(groups: number, samples: number, quantile: number): NotEnoughData | null {
  if (groups < LEAST_GROUPS) return { code: "too-few-groups", groups, needed: LEAST_GROUPS };
  const needed = samplesNeeded(quantile);
  return samples < needed ? { code: "too-few-samples", quantile, samples, needed } : null;
}

export function whyTailDisagrees(effect: QuantileComparison | undefined): NotEnoughData | null {
  if (effect === undefined || effect.paired === null || !isTailOfFewBlocks(effect)) return null;
  const { ratio, paired, quantile } = effect;
  return { code: "tail-of-few-blocks", quantile, ratio: jsonNumber(ratio), pairedInterval: jsonInterval(paired.interval) };
}

function bootstrapAll(
  scenario: ScenarioResult,
  condition: Condition,
  metric: Metric,
  { complete }: GroupedSamples,
  { seed, resamples }: CompareOptions,
): { readonly effect: QuantileComparison[]; readonly controls: Record<ComparedArm, QuantileComparison[]> } {
  const compare = (what: string, groupsOf: (random: () => number) => PairGroup[]): QuantileComparison[] => {
    const random = seededRandom(deriveSeed(seed, scenario.name, condition.id, metric.id, what));
    return compareQuantiles(groupsOf(random), metric.quantiles, { random, resamples });
  };
  const control = (arm: ComparedArm): QuantileComparison[] =>
    compare(`control ${arm}`, (random) => controlGroups(controlPairs(complete, arm), random));
  return { effect: compare("effect", () => effectGroups(complete)), controls: { sse: control("sse"), ws: control("ws") } };
}

function jsonControl(arm: ComparedArm, control: QuantileComparison): Control {
  return {
    arm,
    ratio: jsonNumber(control.ratio),
    interval: jsonInterval(control.ratioInterval),
    pValue: control.pValue,
    falseAlarm: !contains(control.ratioInterval, 1),
  };
}
