import { evidenceOf } from "../analysis/evidence.ts";
import { herdOf } from "../analysis/herd.ts";
import { analyse, type Analysis } from "../analysis/index.ts";
import { LAG } from "../analysis/map-halves.ts";
import { memorySlopes } from "../analysis/slope.ts";
import { rawPath } from "../raw/path.ts";
import { MAP } from "../results/names.ts";
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
    sources: [...comparedSources(analysis), ...mapSources(analysis)],
  };
}

function comparedSources({ scenarios }: Analysis): Report["sources"] {
  return scenarios.flatMap(({ name, conditions }) =>
    conditions.flatMap(({ condition, comparisons }) =>
      [...new Set(comparisons.filter(({ arms }) => arms.some(({ samples }) => samples > 0)).map(({ metric }) => metric))].map((metric) =>
        sourceOf(name, condition.id, metric),
      ),
    ),
  );
}

function mapSources({ map }: Analysis): Report["sources"] {
  return map === null ? [] : map.cells.map(({ condition }) => sourceOf(MAP, condition, LAG));
}

function sourceOf(scenario: string, condition: string, metric: string): Report["sources"][number] {
  return { scenario, condition, metric, path: rawPath({ scenario, condition, kind: "samples", name: metric }) };
}
