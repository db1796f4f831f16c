import { olderInstrument } from "../results/older-instruments.ts";
import type { Results, ScenarioResult } from "../results/schema.ts";
import type { Instrument } from "./facts/index.ts";

/** What the figures of a scenario are of. Its arms do not tell: a network has scenarios with few of them. */
export function instrumentOf(scenario: Pick<ScenarioResult, "name" | "conditions" | "instrument">, isRemote: boolean): Instrument {
  return isRemote ? "deployment" : (scenario.instrument ?? olderInstrument(scenario));
}

/** Those of the scenarios that were run. */
export function instrumentsOf({ scenarios, options }: Pick<Results, "scenarios" | "options">): ReadonlySet<Instrument> {
  const run = scenarios.filter(({ notRun }) => notRun === null);
  return new Set(run.map((scenario) => instrumentOf(scenario, options.target !== null)));
}
