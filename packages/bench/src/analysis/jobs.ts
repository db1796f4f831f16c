import { jobRunner, type RunJobs } from "../workers/pool.ts";
import type { ConditionJob, MeasuredCondition } from "./condition.ts";
import type { FactorialJob, MeasuredFactorial } from "./factorial.ts";

/** What worker threads do of an analysis: its bootstraps. */
export type AnalysisJobs = {
  readonly condition: { readonly job: ConditionJob; readonly result: MeasuredCondition };
  readonly factorial: { readonly job: FactorialJob; readonly result: MeasuredFactorial };
};

export const runAnalysisJobs: RunJobs<AnalysisJobs> = jobRunner<AnalysisJobs>(import.meta.url, "./analysis-worker");
