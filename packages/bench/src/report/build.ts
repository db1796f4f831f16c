import { answerApplications, type ApplicationAnswer } from "../analysis/applications.ts";
import { evidenceOf, type ClaimEvidence } from "../analysis/evidence.ts";
import { herdOf, type Herd } from "../analysis/herd.ts";
import { analyse, type Analysis } from "../analysis/index.ts";
import { memorySlopes, type SlopeSet } from "../analysis/slope.ts";
import { rawPath } from "../raw/path.ts";
import type { Results } from "../results/schema.ts";

/** Where the raw samples of a figure are. */
export interface FigureSource {
  readonly scenario: string;
  readonly condition: string;
  readonly metric: string;
  /** JSONPath (RFC 9535) into the raw file: one array of samples for each block. */
  readonly path: string;
}

/** Everything that a report says, in any of its forms. */
export interface Report extends Analysis {
  readonly applications: readonly ApplicationAnswer[];
  readonly evidence: readonly ClaimEvidence[];
  readonly herds: readonly Herd[];
  readonly memory: readonly SlopeSet[];
  readonly sources: readonly FigureSource[];
  /** The deployment's URL, or `null`: then more than one clock was never needed. */
  readonly target: string | null;
}

/** A pure function of raw results. @throws RangeError as {@link analyse} */
export function buildReport(results: Results, options: { readonly resamples?: number } = {}): Report {
  return reportOf(results, analyse(results, options));
}

/** @param analysis of these results */
export function reportOf(results: Results, analysis: Analysis): Report {
  const run = results.scenarios.filter(({ notRun }) => notRun === null);
  return {
    ...analysis,
    target: results.options.target,
    applications: answerApplications(analysis.scenarios),
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
