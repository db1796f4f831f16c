import { runConditionJob, runFactorialJob, type ConditionJob, type FactorialJob, type MeasuredFactorial } from "../analysis/index.ts";
import type { MeasuredCondition } from "../analysis/condition.ts";
import { runCoverageJob, type CoverageCounts, type CoverageJob } from "../simulation/coverage.ts";
import { runReportsJob, type ReportCounts, type ReportsJob } from "../simulation/reports.ts";

export type Job = ConditionJob | FactorialJob | CoverageJob | ReportsJob;

/** What each kind of job gives. */
interface ResultOf {
  readonly condition: MeasuredCondition;
  readonly factorial: MeasuredFactorial;
  readonly coverage: CoverageCounts;
  readonly reports: ReportCounts;
}

export type Result<Of extends Job> = ResultOf[Of["kind"]];

export type Answer<Of extends Job> = { readonly ok: true; readonly result: Result<Of> } | { readonly ok: false; readonly error: unknown };

/** Pure: what a job gives depends on the job alone. */
export function runJob(job: Job): Result<Job> {
  switch (job.kind) {
    case "condition":
      return runConditionJob(job);
    case "factorial":
      return runFactorialJob(job);
    case "coverage":
      return runCoverageJob(job);
    case "reports":
      return runReportsJob(job);
  }
}
