/** Whether enough of a conclusion's scenarios were measured. METHOD.md, "From verdicts to claims", has the rule. */
import { NOT_ASKED } from "../results/names.ts";
import type { Coverage, ScenarioAnalysis } from "./facts/index.ts";
import { placedComparisons, type Placed } from "./headline.ts";

/**
 * @param scenarios that the conclusion is drawn from, where the results have them
 * @param placed the comparisons that it counts
 * @param of how many scenarios it names
 */
export function coverageOf(
  scenarios: readonly ScenarioAnalysis[],
  placed: readonly (Placed & { readonly scenario: string })[],
  of: number,
): Coverage {
  const measured = new Set(placed.filter(isMeasured).map(({ scenario }) => scenario));
  return { measured: measured.size, leftOut: scenarios.filter(wasLeftOut).length, of };
}

/**
 * What the depth, the machine or the deployment cannot run is not held against a claim: else no quick run could say anything of one whose
 * scenarios take minutes.
 */
export function isTooLittle({ measured, leftOut }: Coverage): boolean {
  return leftOut > measured;
}

/** Nobody asked for it, or the run ended before it. */
function wasLeftOut(scenario: ScenarioAnalysis): boolean {
  return scenario.notRun === NOT_ASKED || (scenario.notRun === null && !placedComparisons(scenario).some(isMeasured));
}

/** There are samples of both transports. */
function isMeasured({ comparison }: Placed): boolean {
  return (["sse", "ws"] as const).every((id) => comparison.arms.some(({ arm, samples }) => arm === id && samples > 0));
}
