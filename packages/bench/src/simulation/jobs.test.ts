import { describe, expect, it } from "vitest";
import { runCoverageJob, type CoverageJob } from "./coverage.ts";
import { runSimulationJobs } from "./jobs.ts";

describe("a simulation in worker threads", () => {
  it("gives the same counts as in one thread", async () => {
    const job: CoverageJob = {
      kind: "coverage",
      shape: "all",
      groups: 5,
      samplesPerBlock: 10,
      ratio: 1.1,
      quantiles: [0.5],
      resamples: 50,
      seed: 1,
      from: 0,
      to: 2,
      withRivals: true,
    };
    const jobs = [9, 1, 5, 2].map((to) => ({ ...job, to }));
    const results = await runSimulationJobs(jobs, { workers: 2 });
    expect(results).toEqual(jobs.map(runCoverageJob));
    expect(results.map(({ experiments }) => experiments)).toEqual([9, 1, 5, 2]);
    await expect(runSimulationJobs([{ ...job, shape: "none" }])).rejects.toThrow("There is no shape none.");
  }, 60_000);
});
