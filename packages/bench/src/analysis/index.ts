import type { Results, ScenarioResult } from "../results/schema.ts";
import { DEFAULT_RESAMPLES } from "../stats/index.ts";
import { answerSentences } from "./answer.ts";
import { judgeClaims } from "./claims.ts";
import { compareMetric, type CompareOptions } from "./compare.ts";
import { factorialTables } from "./factorial.ts";
import { judgeScenario } from "./scenario-verdict.ts";
import { countContamination, countIntegrity, listFailures, summariseControl } from "./totals.ts";
import { ANALYSIS_SCHEMA, ANALYSIS_VERSION, type Analysis, type ScenarioAnalysis } from "./types.ts";

export type * from "./types.ts";

/**
 * From raw results to verdicts, by METHOD.md's rule. A pure function: the same results always give the same analysis, to the last digit.
 *
 * @param options.resamples bootstrap resamples of each interval, 2,000 unless given.
 * @throws RangeError where `resamples` is not a whole number from 1 on.
 */
export function analyse(results: Results, options: { readonly resamples?: number } = {}): Analysis {
  const { seed } = results.options;
  const resamples = options.resamples ?? DEFAULT_RESAMPLES;
  const scenarios = results.scenarios.map((result) => analyseScenario(result, { environment: results.environment, seed, resamples }));
  const control = summariseControl(scenarios.flatMap(({ conditions }) => conditions.flatMap(({ comparisons }) => comparisons)));
  const integrity = countIntegrity(results.scenarios);
  return {
    schema: ANALYSIS_SCHEMA,
    version: ANALYSIS_VERSION,
    resamples,
    seed,
    answer: answerSentences(results, scenarios, control, integrity),
    scenarios,
    claims: judgeClaims(scenarios),
    control,
    integrity,
    contamination: countContamination(results.scenarios.flatMap(({ blocks }) => blocks)),
  };
}

function analyseScenario(result: ScenarioResult, options: CompareOptions): ScenarioAnalysis {
  const conditions =
    result.notRun === null
      ? result.conditions.map((condition) => ({
          condition,
          comparisons:
            condition.notRun !== undefined ? [] : result.metrics.flatMap((metric) => compareMetric(result, condition, metric, options)),
        }))
      : [];
  const comparable = { conditions, metrics: result.metrics };
  const { name, title, question, method, claims, notRun, arms, metrics } = result;
  return {
    name,
    title,
    question,
    method,
    claims,
    notRun,
    arms,
    metrics,
    conditions,
    verdict: judgeScenario(result, comparable),
    integrity: countIntegrity([result]),
    contamination: countContamination(result.blocks),
    failures: listFailures(result),
    factorial: factorialTables(result, comparable, options),
  };
}
