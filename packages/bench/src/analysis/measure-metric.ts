import type { Arm, Condition, Environment, Metric, ScenarioResult } from "../results/schema.ts";
import {
  controlGroups,
  groupEffects,
  meanInterval,
  samplesNeeded,
  statisticOf,
  type GroupEffects,
  type Statistic,
} from "../stats/index.ts";
import type { ArmValue, ComparedArm, Comparison, NotEnoughData } from "./facts/index.ts";
import { controlPairs, effectGroups, groupSamples, isCompared, usableBlocks, type GroupedSamples } from "./groups.ts";
import { jsonInterval, jsonNumber } from "./json.ts";
import { smallestEffectOf } from "./smallest-effects.ts";
import { floorOf, isTailOfFewBlocks, LEAST_GROUPS, resolutionOf, withInflation, type Evidence } from "./verdict.ts";

/** A comparison before its verdict, which needs what the report's control says, and those of its whole family. */
export interface Measured extends Pick<Comparison, "metric" | "statistic" | "arms" | "resolution" | "groups" | "groupsLeftOut"> {
  /** What the verdict is made from, or why there is none. */
  readonly evidence: Evidence | NotEnoughData;
  /** WebSocket's value over SSE's, of all samples, as the two values that are shown have it. */
  readonly pooledRatio: number;
  /** One transport against itself; empty where there is no evidence. */
  readonly controls: readonly MeasuredControl[];
}

export interface MeasuredControl {
  readonly arm: ComparedArm;
  readonly effects: GroupEffects;
}

interface Pooled {
  readonly arm: Arm;
  readonly samples: readonly number[];
  readonly blocks: number;
}

const comparedArms: readonly ComparedArm[] = ["sse", "ws"];

/**
 * All statistics of one metric at one condition; none where no block of the condition measured the metric.
 *
 * @param leaveOut pair groups that are not looked at, by number.
 */
export function measureMetric(
  scenario: ScenarioResult,
  condition: Condition,
  metric: Metric,
  environment: Environment,
  leaveOut: ReadonlySet<number> = new Set(),
): Measured[] {
  const grouped = groupSamples(scenario, condition.id, metric.id, leaveOut);
  const pooled = scenario.arms.filter(({ peer }) => peer === undefined).map((arm) => poolArm(scenario, condition, metric, arm, grouped));
  const wasRun = scenario.blocks.some((block) => block.condition === condition.id);
  if (wasRun && pooled.every(({ samples }) => samples.length === 0)) return [];

  return statisticsOf(scenario, condition, metric).map((statistic): Measured => {
    const arms = pooled.map((pool) => armValue(pool, statistic));
    const [below, above] = comparedArms.map((arm) => arms.find((one) => one.arm === arm)?.value ?? 0);
    const base = {
      metric: metric.id,
      statistic,
      arms,
      resolution: resolutionOf(metric, statistic, environment),
      groups: grouped.complete.length,
      groupsLeftOut: grouped.leftOut,
      pooledRatio: (above ?? 0) / (below ?? 0),
    };
    const missing = whyNotEnough(pooled, statistic, grouped);
    if (missing !== null) return { ...base, controls: [], evidence: missing };
    const effects = groupEffects(effectGroups(grouped.complete), statistic);
    return {
      ...base,
      controls: comparedArms.map((arm) => ({
        arm,
        effects: groupEffects(controlGroups(controlPairs(grouped.complete, arm)), statistic),
      })),
      evidence: {
        ...effects,
        resolution: base.resolution,
        larger: Math.max(above ?? 0, below ?? 0),
        floor: floorOf(metric, arms),
        smallest: smallestEffectOf(scenario, metric, statistic),
      },
    };
  });
}

/**
 * With errors as large as the report's control asks for. Only then is it known whether a few blocks made a tail: the interval that says so is
 * made with these errors.
 */
export function withReportErrors(measured: Measured, errorsMultipliedBy: number): Measured {
  const { evidence, statistic, pooledRatio } = measured;
  if ("code" in evidence) return measured;
  const inflated = withInflation(evidence, errorsMultipliedBy);
  return { ...measured, evidence: whyTailDisagrees(inflated, statistic, pooledRatio) ?? inflated };
}

/**
 * A metric's own quantiles; where its first is the median and blocks have more than one sample, its mean too, which shows what a p50 of few
 * samples hides; and of a scenario's first metric also its p90. Of one sample, all of these are the sample itself: then there is the first only.
 */
export function statisticsOf(scenario: ScenarioResult, { id }: Pick<Condition, "id">, metric: Metric): Statistic[] {
  const { quantiles } = metric;
  const most = Math.max(
    0,
    ...comparedArms.flatMap((arm) => usableBlocks(scenario, id, arm, metric.id).map(({ samples }) => samples[metric.id]?.length ?? 0)),
  );
  if (most === 1) return quantiles.slice(0, 1);
  if (quantiles[0] !== 0.5 || most === 0) return quantiles;
  const isFirst = metric.id === scenario.metrics[0]?.id;
  return [0.5, "mean", ...(isFirst && !quantiles.includes(0.9) ? [0.9] : []), ...quantiles.slice(1)];
}

/** The compared arms are pooled over complete groups, as the effect is; where there is none, and for the other arms, over all usable blocks. */
function poolArm(scenario: ScenarioResult, condition: Condition, metric: Metric, arm: Arm, grouped: GroupedSamples): Pooled {
  const { id } = arm;
  const blocks =
    isCompared(id) && grouped.complete.length > 0
      ? grouped.complete.flatMap((group) => group[id])
      : usableBlocks(scenario, condition.id, id, metric.id).map((block) => block.samples[metric.id] ?? []);
  return { arm, samples: blocks.flat(), blocks: blocks.length };
}

function armValue({ arm, samples, blocks }: Pooled, statistic: Statistic): ArmValue {
  const isEnough = samples.length > 0 && samples.length >= samplesNeeded(statistic);
  return { arm: arm.id, label: arm.label, samples: samples.length, blocks, value: isEnough ? statisticOf(samples, statistic) : null };
}

function whyNotEnough(pooled: readonly Pooled[], statistic: Statistic, grouped: GroupedSamples): NotEnoughData | null {
  for (const arm of comparedArms) {
    const samples = pooled.find((pool) => pool.arm.id === arm)?.samples;
    if (samples === undefined || samples.length === 0) return { code: "not-measured", arm };
    // A ratio of quantiles means nothing across zero.
    if (samples.some((sample) => sample < 0)) return { code: "negative-values", arm };
  }
  const compared = pooled.filter((pool) => isCompared(pool.arm.id));
  const fewest = Math.min(...compared.map((pool) => pool.samples.length));
  return tooFew(grouped.complete.length, fewest, statistic);
}

/** Fewer pair groups than a verdict needs, or fewer samples than the quantile. */
export function tooFew(groups: number, samples: number, statistic: Statistic): NotEnoughData | null {
  if (groups < LEAST_GROUPS) return { code: "too-few-groups", groups, needed: LEAST_GROUPS };
  const needed = samplesNeeded(statistic);
  return samples < needed ? { code: "too-few-samples", statistic, samples, needed } : null;
}

/** @param effects with the control's inflation in them @param ratio of all samples, as the two values that are shown have it */
export function whyTailDisagrees({ logRatio }: GroupEffects, statistic: Statistic, ratio: number): NotEnoughData | null {
  if (logRatio === null) return null;
  const { low, high } = meanInterval(logRatio);
  const interval = { low: Math.exp(low), high: Math.exp(high) };
  if (!isTailOfFewBlocks(statistic, ratio, interval)) return null;
  return { code: "tail-of-few-blocks", statistic, ratio: jsonNumber(ratio), pairedInterval: jsonInterval(interval) };
}
