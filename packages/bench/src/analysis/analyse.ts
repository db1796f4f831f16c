import type { Results, ScenarioResult } from "../results/schema.ts";
import { chainSavings } from "./chain-savings.ts";
import { judgeClaims } from "./claims.ts";
import { measureCondition } from "./condition.ts";
import { ANALYSIS_SCHEMA, ANALYSIS_VERSION, type Analysis, type ConditionAnalysis, type ScenarioAnalysis } from "./facts/index.ts";
import { factorialTables } from "./factorial.ts";
import { judgeAll, type MeasuredScenario } from "./families.ts";
import { countsOf, headlines, outcomeOf, sortByVerdict } from "./headline.ts";
import { instrumentOf } from "./instrument.ts";
import { isPeer } from "./peers.ts";
import { isMap, mapOf } from "./map.ts";
import { findSteadiness, type ScenarioSteadiness } from "./steadiness.ts";
import { countContamination, countIntegrity, describeMachine, listFailures, summariseSensitivity } from "./totals.ts";

/**
 * From raw results to verdicts, by METHOD.md's rule. A pure function: the same results always give the same analysis, to the last digit. The
 * seed is that of the tests for a steady state, and no verdict depends on it.
 */
export function analyse(results: Results): Analysis {
  const { environment } = results;
  const { seed } = results.options;
  // A cell of the map has too few pair groups to be judged by itself.
  const compared = results.scenarios.filter((result) => !isMap(result) || result.notRun !== null);
  const steadiness = new Map(compared.map((result) => [result, findSteadiness(result, seed)]));
  const measured = compared.map((result): MeasuredScenario => {
    const before = steadiness.get(result)?.before;
    const conditions = result.notRun === null ? result.conditions : [];
    return { result, conditions: conditions.map((one) => measureCondition(result, one, before?.get(one.id) ?? new Set(), environment)) };
  });
  const { conditions: judged, families, control } = judgeAll(measured);
  const scenarios = measured.map(({ result, conditions }) =>
    finishScenario(
      result,
      conditions.flatMap((condition) => judged.get(condition) ?? []),
      steadiness.get(result) ?? findSteadiness(result, seed),
      control.errorsMultipliedBy,
      results.options.target !== null,
    ),
  );
  const comparisons = scenarios.flatMap(({ conditions }) => conditions.flatMap((condition) => condition.comparisons));
  const contamination = countContamination(results.scenarios.flatMap(({ blocks }) => blocks));
  return {
    schema: ANALYSIS_SCHEMA,
    version: ANALYSIS_VERSION,
    seed,
    status: results.status,
    handicap: results.options.handicap,
    families,
    sensitivity: summariseSensitivity(comparisons),
    scenarios,
    claims: judgeClaims(scenarios),
    map: mapOf(results.scenarios, control.errorsMultipliedBy),
    chainSavings: chainSavings(scenarios),
    control,
    integrity: countIntegrity(results.scenarios),
    contamination,
    machine: describeMachine(environment, contamination),
  };
}

function finishScenario(
  result: ScenarioResult,
  conditions: ConditionAnalysis[],
  steadiness: ScenarioSteadiness,
  errorsMultipliedBy: number,
  isRemote: boolean,
): ScenarioAnalysis {
  const comparable = { conditions, metrics: result.metrics };
  const sorted = sortByVerdict(headlines(comparable));
  const { name, title, question, method, claims, notRun, arms, metrics } = result;
  return {
    name,
    title,
    question,
    method,
    claims,
    notRun,
    arms: arms.filter((arm) => !isPeer(arm)),
    metrics,
    conditions,
    outcome: notRun === null ? outcomeOf(countsOf(sorted), sorted.constant.length) : "not-run",
    instrument: instrumentOf(result, isRemote),
    integrity: countIntegrity([result]),
    contamination: countContamination(result.blocks),
    steadiness: steadiness.analysis,
    pilot: result.pilot ?? null,
    failures: listFailures(result),
    factorial: factorialTables(result, comparable, errorsMultipliedBy),
  };
}
