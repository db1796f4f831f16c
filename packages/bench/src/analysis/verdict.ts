import type { Environment, Metric } from "../results/schema.ts";
import { contains, type Interval, type QuantileComparison } from "../stats/index.ts";
import type { ArmValue, ComparedArm, NoDifferenceReason, Verdict } from "./facts/index.ts";

/** METHOD.md: fewer than 5 groups are not enough data. */
export const LEAST_GROUPS = 5;
/** METHOD.md: nothing below three times the floor is claimed. */
const FLOORS = 3;
/** METHOD.md: alike is what lies within 10 % of the other, either way, with its whole interval. */
export const ALIKE_WITHIN = 1.1;
/** Of the differences that are called in a family, the share that may be false. */
export const ERROR_LEVEL = 0.05;

/** What one comparison showed, but for what its family makes of it. */
export interface Evidence {
  readonly ratio: number;
  readonly interval: Interval;
  /** WebSocket minus SSE. */
  readonly difference: number;
  readonly controls: readonly Interval[];
  /** An absolute difference up to this is not claimed. */
  readonly resolution: number;
  /** The larger of the two arms' values. */
  readonly larger: number;
  /** The same path with no agent, at the same quantile; `null` where there is none to compare with. */
  readonly floor: number | null;
}

/**
 * METHOD.md's rule, to the letter. A difference: the interval excludes 1, and so it does after the correction for many comparisons; the effect
 * is outside both controls' intervals, above the resolution, and of something that is not mostly the floor. Else alike where the interval is
 * close enough around 1, unless the floor makes it so. Else neither can be told.
 */
export function judge(evidence: Evidence, adjustedPValue: number): Verdict {
  const reasons: NoDifferenceReason[] = [];
  if (contains(evidence.interval, 1)) reasons.push("interval-holds-1");
  else if (adjustedPValue > ERROR_LEVEL) reasons.push("correction");
  if (evidence.controls.some((control) => contains(control, evidence.ratio))) reasons.push("inside-control");
  if (Math.abs(evidence.difference) <= evidence.resolution) reasons.push("below-resolution");
  if (evidence.floor !== null && evidence.larger < FLOORS * evidence.floor) reasons.push("below-floor");
  if (reasons.length === 0) return { kind: "lower", arm: evidence.ratio < 1 ? "ws" : "sse" };
  const { low, high } = evidence.interval;
  const isAlike = low >= 1 / ALIKE_WITHIN && high <= ALIKE_WITHIN && !reasons.includes("below-floor");
  return isAlike ? { kind: "alike", within: ALIKE_WITHIN } : { kind: "no-difference", reasons };
}

/**
 * Three times what a clock here can tell apart: how late a timer typically fires for medians, how late at worst for tails, because a late
 * timer is itself a tail; never less than the clock's own step. Bytes and counts are exact.
 */
export function resolutionOf(metric: Metric, quantile: number, { timerLatenessMs, clockStepMs }: Environment): number {
  if (metric.unit !== "ms") return 0;
  return FLOORS * Math.max(quantile <= 0.5 ? timerLatenessMs.p50 : timerLatenessMs.p99, clockStepMs ?? 0);
}

/** The floor arm's value, where the metric is a time that the floor has too, and not one that the provider's schedule sets. */
export function floorOf(metric: Metric, arms: readonly Pick<ArmValue, "arm" | "value">[]): number | null {
  if (metric.unit !== "ms" || metric.scheduled === true) return null;
  return arms.find(({ arm }) => arm === "floor")?.value ?? null;
}

/**
 * A tail that a few slow blocks made: the pooled ratio then lies where the groups' own ratios do not, and an interval from resamples of these
 * groups covers too seldom (docs/statistics.md, "Which interval").
 */
export function isTailOfFewBlocks({ quantile, ratio, paired }: Pick<QuantileComparison, "quantile" | "ratio" | "paired">): boolean {
  return quantile >= 0.99 && paired !== null && !contains(paired.interval, ratio);
}

export function betterArm(verdict: Verdict, metric: Metric): ComparedArm | null {
  if (verdict.kind !== "lower") return null;
  if (metric.better === "lower") return verdict.arm;
  return verdict.arm === "ws" ? "sse" : "ws";
}
