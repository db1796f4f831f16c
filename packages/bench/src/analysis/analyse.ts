import type { Results, ScenarioResult } from "../results/schema.ts";
import { DEFAULT_RESAMPLES } from "../stats/index.ts";
import { chainSavings } from "./chain-savings.ts";
import { judgeClaims } from "./claims.ts";
import { runConditionJob, type ConditionJob, type MeasuredCondition } from "./condition.ts";
import { ANALYSIS_SCHEMA, ANALYSIS_VERSION, type Analysis, type ConditionAnalysis, type ScenarioAnalysis } from "./facts/index.ts";
import { factorialJobs, factorialTables, runFactorialJob, type FactorialJob, type MeasuredFactorial } from "./factorial.ts";
import { EFFECT_WANTED, judgeAll, type MeasuredScenario } from "./families.ts";
import { countsOf, headlines, outcomeOf, sortByVerdict } from "./headline.ts";
import { runAnalysisJobs } from "./jobs.ts";
import type { CompareOptions } from "./measure-metric.ts";
import { isPeer } from "./peers.ts";
import { findSteadiness, type ScenarioSteadiness } from "./steadiness.ts";
import { countContamination, countIntegrity, describeMachine, listFailures, summariseControl, summariseSensitivity } from "./totals.ts";

interface AnalyseOptions {
  /** Bootstrap resamples of each interval, 2,000 unless given. */
  readonly resamples?: number;
}

/**
 * From raw results to verdicts, by METHOD.md's rule. A pure function: the same results always give the same analysis, to the last digit.
 *
 * @throws RangeError where `resamples` is not a whole number from 1 on.
 */
export function analyse(results: Results, options: AnalyseOptions = {}): Analysis {
  const plan = planAnalysis(results, options);
  return plan.finish(plan.jobs.map((job) => (job.kind === "condition" ? runConditionJob(job) : runFactorialJob(job))));
}

/**
 * The same analysis, to the last digit, with the bootstraps in worker threads.
 *
 * @param options.workers how many threads at most; one a core unless given.
 */
export async function analyseInWorkers(results: Results, options: AnalyseOptions & { readonly workers?: number } = {}): Promise<Analysis> {
  const plan = planAnalysis(results, options);
  return plan.finish(await runAnalysisJobs(plan.jobs, options.workers === undefined ? {} : { workers: options.workers }));
}

interface Plan {
  /** Conditions first. */
  readonly jobs: readonly (ConditionJob | FactorialJob)[];
  /** @param measured what each job gave, in their order */
  finish(measured: readonly (MeasuredCondition | MeasuredFactorial)[]): Analysis;
}

function planAnalysis(results: Results, { resamples = DEFAULT_RESAMPLES }: AnalyseOptions): Plan {
  const options: CompareOptions = { environment: results.environment, seed: results.options.seed, resamples };
  const steadiness = new Map(results.scenarios.map((result) => [result, findSteadiness(result, options.seed)]));
  const conditionJobs = results.scenarios.flatMap((result) =>
    (result.notRun === null ? result.conditions : []).map(({ id }): ConditionJob => ({
      kind: "condition",
      scenario: { ...result, blocks: result.blocks.filter((block) => block.condition === id) },
      condition: id,
      before: [...(steadiness.get(result)?.before.get(id) ?? [])],
      options,
    })),
  );
  return {
    jobs: [...conditionJobs, ...results.scenarios.flatMap((result) => factorialJobs(result, options))],
    finish(all) {
      const measured = all.filter((one): one is MeasuredCondition => "condition" in one);
      const factorials = all.filter((one): one is MeasuredFactorial => "interaction" in one);
      let at = 0;
      const scenarios = results.scenarios.map((result): MeasuredScenario => {
        const count = result.notRun === null ? result.conditions.length : 0;
        const conditions = measured.slice(at, at + count);
        at += count;
        return { result, conditions };
      });
      return assemble(results, { scenarios, factorials }, steadiness, options);
    },
  };
}

function assemble(
  results: Results,
  measured: { readonly scenarios: readonly MeasuredScenario[]; readonly factorials: readonly MeasuredFactorial[] },
  steadiness: ReadonlyMap<ScenarioResult, ScenarioSteadiness>,
  options: CompareOptions,
): Analysis {
  const { conditions: judged, families } = judgeAll(measured.scenarios);
  const scenarios = measured.scenarios.map(({ result, conditions }) =>
    finishScenario(
      result,
      conditions.flatMap((condition) => judged.get(condition) ?? []),
      steadiness.get(result) ?? findSteadiness(result, options.seed),
      measured.factorials.filter(({ scenario }) => scenario === result.name),
    ),
  );
  const comparisons = scenarios.flatMap(({ conditions }) => conditions.flatMap((condition) => condition.comparisons));
  const contamination = countContamination(results.scenarios.flatMap(({ blocks }) => blocks));
  return {
    schema: ANALYSIS_SCHEMA,
    version: ANALYSIS_VERSION,
    resamples: options.resamples,
    seed: options.seed,
    status: results.status,
    handicap: results.options.handicap,
    effectWanted: EFFECT_WANTED,
    families,
    sensitivity: summariseSensitivity(comparisons),
    scenarios,
    claims: judgeClaims(scenarios),
    chainSavings: chainSavings(scenarios),
    control: summariseControl(comparisons),
    integrity: countIntegrity(results.scenarios),
    contamination,
    machine: describeMachine(results.environment, contamination),
  };
}

function finishScenario(
  result: ScenarioResult,
  conditions: ConditionAnalysis[],
  steadiness: ScenarioSteadiness,
  factorials: readonly MeasuredFactorial[],
): ScenarioAnalysis {
  const comparable = { conditions, metrics: result.metrics };
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
    outcome: notRun === null ? outcomeOf(countsOf(sortByVerdict(headlines(comparable)))) : "not-run",
    integrity: countIntegrity([result]),
    contamination: countContamination(result.blocks),
    steadiness: steadiness.analysis,
    pilot: result.pilot ?? null,
    failures: listFailures(result),
    factorial: factorialTables({ ...comparable, arms }, factorials),
  };
}
