import { NOT_ASKED } from "../results/names.ts";
import type { ScenarioAnalysis } from "./facts/index.ts";

/**
 * The scenarios of several runs, each once, as claims are judged by them together: one that was run before one that was not, then one on a
 * network before one on loopback, then that of the first run. Each keeps the verdicts of its own run's report.
 */
export function ofSeveralRuns(runs: readonly (readonly ScenarioAnalysis[])[]): ScenarioAnalysis[] {
  return [...Map.groupBy(runs.flat(), ({ name }) => name).values()].flatMap((those) =>
    those.toSorted((left, right) => rankOf(left) - rankOf(right)).slice(0, 1),
  );
}

function rankOf({ notRun, instrument }: ScenarioAnalysis): number {
  if (notRun === NOT_ASKED) return 3;
  if (notRun !== null) return 2;
  return instrument === "network" ? 0 : 1;
}
