/** The entry of the worker threads of an analysis. */
import { serveJobs } from "../workers/serve.ts";
import { runConditionJob } from "./condition.ts";
import { runFactorialJob } from "./factorial.ts";
import type { AnalysisJobs } from "./jobs.ts";

serveJobs<AnalysisJobs>({ condition: runConditionJob, factorial: runFactorialJob });
