import type { Environment, Metric } from "../results/schema.ts";
import { contains, type Interval } from "../stats/index.ts";
import type { ComparedArm, NoDifferenceReason, Verdict } from "./types.ts";

/** METHOD.md: fewer than 5 groups are not enough data. */
export const LEAST_GROUPS = 5;

export interface Evidence {
  readonly ratio: number;
  readonly interval: Interval;
  /** WebSocket minus SSE. */
  readonly difference: number;
  readonly controls: readonly Interval[];
  readonly resolution: number;
}

/** METHOD.md's rule, to the letter: the interval excludes 1, the effect is outside both controls' intervals, and above the resolution. */
export function judge(evidence: Evidence): Verdict {
  const reasons: NoDifferenceReason[] = [];
  if (contains(evidence.interval, 1)) reasons.push("interval-holds-1");
  if (evidence.controls.some((control) => contains(control, evidence.ratio))) reasons.push("inside-control");
  if (Math.abs(evidence.difference) <= evidence.resolution) reasons.push("below-resolution");
  return reasons.length > 0 ? { kind: "no-difference", reasons } : { kind: "lower", arm: evidence.ratio < 1 ? "ws" : "sse" };
}

/**
 * What a clock here can tell apart: how late a timer typically fires for medians, how late at worst for tails, because a late timer is
 * itself a tail. Bytes and counts are exact.
 */
export function resolutionOf(metric: Metric, quantile: number, environment: Environment): number {
  if (metric.unit !== "ms") return 0;
  return quantile <= 0.5 ? environment.timerLatenessMs.p50 : environment.timerLatenessMs.p99;
}

export function betterArm(verdict: Verdict, metric: Metric): ComparedArm | null {
  if (verdict.kind !== "lower") return null;
  if (metric.better === "lower") return verdict.arm;
  return verdict.arm === "ws" ? "sse" : "ws";
}
