/** What a transport saves of a chain of tool calls that people would see, in which the model and the tools take their time. */
import type { Condition } from "../results/schema.ts";
import type { ChainSaving, ScenarioAnalysis } from "./facts/index.ts";
import { headlines } from "./headline.ts";

/** The factor that a condition names where nothing in it is faster than life. */
const PACE = "pace";

export function isAtRealPace({ factors }: Condition): boolean {
  return factors[PACE] === "real";
}

/** One for each setting at a real pace, in the order of the scenarios. */
export function chainSavings(scenarios: readonly Pick<ScenarioAnalysis, "name" | "conditions" | "metrics">[]): ChainSaving[] {
  return scenarios.flatMap((scenario) =>
    headlines(scenario)
      .filter(({ condition }) => isAtRealPace(condition))
      .flatMap(({ condition, comparison: { effect, arms, verdict } }): ChainSaving[] => {
        const ofMs = arms.find(({ arm }) => arm === "sse")?.value ?? null;
        if (effect === null || ofMs === null) return [];
        const { ratio, difference, interval } = effect;
        const { low, high } = interval;
        if (ratio === null || low === null || high === null) return [];
        return [
          { scenario: scenario.name, condition: condition.label, savedMs: -difference, ofMs, ratio, interval: { low, high }, verdict },
        ];
      }),
  );
}
