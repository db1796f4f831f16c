import { jobRunner, type RunJobs } from "../workers/pool.ts";
import type { CoverageCounts, CoverageJob } from "./coverage.ts";
import type { ReportCounts, ReportsJob } from "./reports.ts";

/** What worker threads do of a simulation: some experiments, or some reports. */
export type SimulationJobs = {
  readonly coverage: { readonly job: CoverageJob; readonly result: CoverageCounts };
  readonly reports: { readonly job: ReportsJob; readonly result: ReportCounts };
};

export const runSimulationJobs: RunJobs<SimulationJobs> = jobRunner<SimulationJobs>(import.meta.url, "./simulation-worker");
