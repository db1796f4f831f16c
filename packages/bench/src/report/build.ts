import { evidenceOf } from "../analysis/evidence.ts";
import { herdOf } from "../analysis/herd.ts";
import { analyse } from "../analysis/index.ts";
import { memorySlopes } from "../analysis/slope.ts";
import { rawPath } from "../raw/path.ts";
import type { Results } from "../results/schema.ts";
import { sessionKinds } from "../sessions/kinds.ts";
import { sessionsOf, sourcesOf } from "../sessions/sessions.ts";
import type { Report } from "./schema.ts";

export type { Report } from "./schema.ts";

/** A pure function of raw results. */
export function buildReport(results: Results): Report {
  const analysis = analyse(results);
  const run = results.scenarios.filter(({ notRun }) => notRun === null);
  return {
    ...analysis,
    target: results.options.target,
    sessions: sessionsOf(sourcesOf(results, analysis.control.errorsMultipliedBy), sessionKinds),
    evidence: evidenceOf(analysis.claims, analysis.scenarios),
    herds: run.flatMap((scenario) => scenario.conditions.flatMap(({ id }) => herdOf(scenario, id) ?? [])),
    memory: run.flatMap((scenario) => memorySlopes(scenario, results.options.seed)),
    sources: analysis.scenarios.flatMap(({ name, conditions }) =>
      conditions.flatMap(({ condition, comparisons }) =>
        [...new Set(comparisons.filter(({ arms }) => arms.some(({ samples }) => samples > 0)).map(({ metric }) => metric))].map(
          (metric) => ({
            scenario: name,
            condition: condition.id,
            metric,
            path: rawPath({ scenario: name, condition: condition.id, kind: "samples", name: metric }),
          }),
        ),
      ),
    ),
  };
}
