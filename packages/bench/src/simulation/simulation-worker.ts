/** The entry of the worker threads of a simulation. */
import { serveJobs } from "../workers/serve.ts";
import { runCoverageJob } from "./coverage.ts";
import type { SimulationJobs } from "./jobs.ts";
import { runReportsJob } from "./reports.ts";

serveJobs<SimulationJobs>({ coverage: runCoverageJob, reports: runReportsJob });
