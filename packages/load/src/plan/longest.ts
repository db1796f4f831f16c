import { RUN_LIMIT_MS } from "../script/run-limit.ts";
import type { StepSpec } from "../script/step-spec.ts";
import type { Phase } from "./arrivals.ts";

/** A generator that cannot keep up makes its arrivals late: it has as long again for them. */
const LATENESS = 2;

/** The most seconds that a test takes: its arrivals, and then a user whose every connection and run takes as long as it may. */
export function longestSeconds(phases: readonly Phase[], flow: readonly StepSpec[]): number {
  return LATENESS * phases.reduce((sum, { seconds }) => sum + seconds, 0) + userSeconds(flow);
}

function userSeconds(flow: readonly StepSpec[]): number {
  return flow.reduce((sum, step) => sum + stepSeconds(step), 0);
}

function stepSeconds(step: StepSpec): number {
  if ("connect" in step || "start" in step) return RUN_LIMIT_MS / 1_000;
  if ("think" in step) return typeof step.think === "number" ? step.think : step.think.to;
  if ("drop" in step) return step.drop?.atSecond ?? 0;
  return "loop" in step ? step.count * userSeconds(step.loop) : 0;
}
