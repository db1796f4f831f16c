import type { StepSpec } from "../script/step-spec.ts";
import type { Phase } from "./arrivals.ts";

/** A generator that cannot keep up makes its arrivals late: it has as long again for them. */
const LATENESS = 2;

/**
 * The most seconds that a test takes: its arrivals, and then a user whose every connection and run takes as long as it may.
 *
 * @param runLimitMs of a run, and of a connection
 */
export function longestSeconds(phases: readonly Phase[], flow: readonly StepSpec[], runLimitMs: number): number {
  return LATENESS * phases.reduce((sum, { seconds }) => sum + seconds, 0) + userSeconds(flow, runLimitMs);
}

function userSeconds(flow: readonly StepSpec[], runLimitMs: number): number {
  return flow.reduce((sum, step) => sum + stepSeconds(step, runLimitMs), 0);
}

function stepSeconds(step: StepSpec, runLimitMs: number): number {
  if ("connect" in step || "start" in step) return runLimitMs / 1_000;
  if ("think" in step) return typeof step.think === "number" ? step.think : step.think.to;
  if ("drop" in step) return step.drop?.atSecond ?? 0;
  return "loop" in step ? step.count * userSeconds(step.loop, runLimitMs) : 0;
}
