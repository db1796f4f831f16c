import type { Environment, Metric } from "../results/schema.ts";
import {
  groupsNeeded,
  inflated,
  meanInterval,
  testSize,
  type GroupEffects,
  type Interval,
  type MeanEffect,
  type SizeTest,
  type Statistic,
} from "../stats/index.ts";
import type { ArmValue, ComparedArm, UndecidedReason, Verdict } from "./facts/index.ts";
import type { SmallestEffect } from "./smallest-effects.ts";

/** METHOD.md: fewer than 3 groups are not enough data. */
export const LEAST_GROUPS = 3;
/** A spread that something else is to be planned by, or a bootstrap, says too little with fewer groups. */
export const LEAST_GROUPS_OF_A_SPREAD = 5;
/** METHOD.md: nothing below three times the floor is claimed. */
const FLOORS = 3;
/** Of the differences that are called in a family, the share that may be false. */
export const ERROR_LEVEL = 0.05;
/** Of the comparisons, the share that is assumed to differ: it sets the level at which the correction calls the last of them. */
const SHARE_ASSUMED = 0.25;
/** What is left of it for each comparison. */
export const CORRECTED_LEVEL = ERROR_LEVEL * SHARE_ASSUMED;

/** What one comparison showed, but for what its report makes of it: the control's inflation, and the correction for many. */
export interface Evidence extends GroupEffects {
  /** An absolute difference up to this is not claimed. */
  readonly resolution: number;
  /** The larger of the two arms' values. */
  readonly larger: number;
  /** The same path with no agent, at the same statistic; `null` where there is none to compare with. */
  readonly floor: number | null;
  readonly smallest: SmallestEffect | null;
}

/** The verdict on two sides of which the numerator is WebSocket, or ours beside a peer. */
export type Judged<Side> =
  | { readonly kind: "matters" | "too-small"; readonly lower: Side }
  | { readonly kind: "equivalent" }
  | {
      readonly kind: "undecided";
      readonly lower: Side | null;
      readonly reasons: UndecidedReason[];
      readonly groupsNeeded: number | null;
    }
  | { readonly kind: "constant"; readonly lower: Side | null };

export interface Sides<Side> {
  readonly numerator: Side;
  readonly denominator: Side;
}

/** Of the transports. */
export const transports: Sides<ComparedArm> = { numerator: "ws", denominator: "sse" };

/** With errors as large as the report's control asks for. */
export function withInflation<Of extends GroupEffects>(effects: Of, by: number): Of {
  const { difference, logRatio } = effects;
  return { ...effects, difference: inflated(difference, by), logRatio: logRatio === null ? null : inflated(logRatio, by) };
}

/** Of the ratio, or of the difference where there is no ratio. */
export function pValueOf({ logRatio, difference }: GroupEffects): number {
  return meanInterval(logRatio ?? difference).pValue;
}

/** One edge that an effect is held against, on the scale of its standard error. */
interface Edge {
  readonly effect: MeanEffect;
  readonly size: number;
}

/** The first is the one that is shown. `null` where the smallest effect is a share of what has no ratio. */
function edgesOf({ logRatio, difference }: GroupEffects, { scale, size, atLeastMs }: SmallestEffect): readonly [Edge, ...Edge[]] | null {
  if (scale === "unit") return [{ effect: difference, size }];
  if (logRatio === null) return null;
  return [{ effect: logRatio, size: Math.log1p(size) }, ...(atLeastMs === null ? [] : [{ effect: difference, size: atLeastMs }])];
}

/** Within one edge is too small, whatever the other says; what matters is beyond all. `null` as in {@link edgesOf}. */
export function sizeOf(effects: GroupEffects, smallest: SmallestEffect): SizeTest | null {
  const edges = edgesOf(effects, smallest);
  if (edges === null) return null;
  const [first, ...more] = edges;
  const tests = [first, ...more].map(({ effect, size }) => testSize(effect, size));
  const states = tests.map(({ state }) => state);
  const state = states.includes("within") ? "within" : states.every((one) => one === "beyond") ? "beyond" : "across";
  return { state, interval: testSize(first.effect, first.size).interval };
}

/**
 * METHOD.md's rule, to the letter. Whether there is a difference: after the correction for many comparisons, of one sign on both scales, above
 * the resolution, and of something that is not mostly the floor. How large it is: where the 90 % interval lies beside the smallest effect.
 *
 * @param evidence with the control's inflation in it
 */
export function judge<Side>(evidence: Evidence, adjustedPValue: number, { numerator, denominator }: Sides<Side>): Judged<Side> {
  const { difference, logRatio, isConstant, smallest } = evidence;
  const lowerOf = (effect: number): Side | null => (effect === 0 ? null : effect < 0 ? numerator : denominator);
  if (isConstant) return { kind: "constant", lower: lowerOf(difference.mean) };
  const reasons: UndecidedReason[] = [];
  if (adjustedPValue > ERROR_LEVEL) reasons.push("no-difference-shown");
  if (logRatio !== null && logRatio.mean * difference.mean < 0) reasons.push("scales-disagree");
  if (Math.abs(difference.mean) <= evidence.resolution) reasons.push("below-resolution");
  const isFloor = evidence.floor !== null && evidence.larger < FLOORS * evidence.floor;
  if (isFloor) reasons.push("below-floor");
  const lower = reasons.length === 0 ? lowerOf((logRatio ?? difference).mean) : null;

  const size = smallest === null ? null : sizeOf(evidence, smallest);
  const isWithin = size?.state === "within" && !(isFloor && smallest?.scale === "ratio");
  if (lower !== null && size?.state === "beyond") return { kind: "matters", lower };
  if (lower !== null && isWithin) return { kind: "too-small", lower };
  if (lower === null && isWithin) return { kind: "equivalent" };
  if (smallest === null) reasons.push("no-smallest-effect");
  else if (size === null) reasons.push("no-ratio");
  else if (size.state === "across") reasons.push("size-open");
  return { kind: "undecided", lower, reasons, groupsNeeded: groupsToDecide(evidence, reasons) };
}

/** What more pair groups can show. */
const bySpread: readonly UndecidedReason[] = ["no-difference-shown", "size-open"];

/**
 * How many pair groups would give a verdict, with a chance of 80 %, if the effect and the spread are those seen here: so many that the 90 %
 * interval lies within an edge that the effect is within; or beyond all edges, and then that the difference is called, too.
 */
function groupsToDecide(evidence: Evidence, reasons: readonly UndecidedReason[]): number | null {
  const { smallest, logRatio, difference } = evidence;
  const edges = smallest === null ? null : edgesOf(evidence, smallest);
  if (edges === null || reasons.some((reason) => !bySpread.includes(reason))) return null;
  const needed = edges.map(({ effect, size }) => ({
    isWithin: Math.abs(effect.mean) < size,
    groups: neededFor(effect, Math.abs(Math.abs(effect.mean) - size), 0.9),
  }));
  const within = needed.filter(({ isWithin }) => isWithin).map(({ groups }) => groups);
  if (within.length > 0) return Math.min(...within);
  const tested = logRatio ?? difference;
  return Math.max(...needed.map(({ groups }) => groups), neededFor(tested, Math.abs(tested.mean), 1 - CORRECTED_LEVEL));
}

function neededFor(effect: MeanEffect, distance: number, confidence: number): number {
  return Math.max(LEAST_GROUPS, groupsNeeded(effect, { distance, confidence }));
}

/**
 * Three times what a clock here can tell apart: how late a timer typically fires for medians and means, how late at worst for tails, because a
 * late timer is itself a tail; never less than the clock's own step. Bytes and counts are exact.
 */
export function resolutionOf(metric: Metric, statistic: Statistic, { timerLatenessMs, clockStepMs }: Environment): number {
  if (metric.unit !== "ms") return 0;
  const isTail = statistic !== "mean" && statistic > 0.5;
  return FLOORS * Math.max(isTail ? timerLatenessMs.p99 : timerLatenessMs.p50, clockStepMs ?? 0);
}

/** The floor arm's value, where the metric is a time that the floor has too, and not one that the provider's schedule sets. */
export function floorOf(metric: Metric, arms: readonly Pick<ArmValue, "arm" | "value">[]): number | null {
  if (metric.unit !== "ms" || metric.scheduled === true) return null;
  return arms.find(({ arm }) => arm === "floor")?.value ?? null;
}

/** A tail that a few slow blocks made: the ratio of all samples then lies where the groups' own ratios do not. */
export function isTailOfFewBlocks(statistic: Statistic, ratio: number, interval: Interval | null): boolean {
  return statistic !== "mean" && statistic >= 0.99 && interval !== null && !(interval.low <= ratio && ratio <= interval.high);
}

/** The arm that is better by what matters. */
export function betterArm(verdict: Verdict, metric: Metric): ComparedArm | null {
  if (verdict.kind !== "matters") return null;
  if (metric.better === "lower") return verdict.lower;
  return verdict.lower === "ws" ? "sse" : "ws";
}
