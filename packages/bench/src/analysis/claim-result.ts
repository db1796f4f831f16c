/** What one comparison says of a claim. */
import type { DependenceLevel, ScenarioAnalysis } from "./facts/index.ts";
import type { Placed } from "./headline.ts";

/** A comparison that a claim counts. */
export interface ClaimComparison extends Placed {
  readonly scenario: Pick<ScenarioAnalysis, "name" | "instrument">;
}

export type Result = DependenceLevel["result"];

/** In the order in which a report names them. */
export const RESULTS: readonly Result[] = ["ws", "sse", "neither", "undecided"];

/** `null`: a constant, or not enough data. */
export function resultOf({ comparison: { better, verdict } }: ClaimComparison): Result | null {
  if (better !== null) return better;
  if (verdict.kind === "too-small" || verdict.kind === "equivalent") return "neither";
  return verdict.kind === "undecided" ? "undecided" : null;
}
