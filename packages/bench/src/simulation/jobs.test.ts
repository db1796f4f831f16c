import { describe, expect, it } from "vitest";
import { runCoverageJob, type CoverageJob } from "./coverage.ts";
import { runSimulationJobs } from "./jobs.ts";
import { runReportsJob, type ReportsJob } from "./reports.ts";

describe("a simulation in worker threads", () => {
  it("gives the same counts as in one thread", async () => {
    const job: CoverageJob = {
      kind: "coverage",
      shape: "all",
      spreads: { blocks: 0.1, groups: 0.05 },
      groups: 5,
      samplesPerBlock: 10,
      ratio: 1.1,
      statistics: [0.5],
      resamples: 50,
      seed: 1,
      from: 0,
      to: 2,
    };
    const jobs = [9, 1, 5, 2].map((to) => ({ ...job, to }));
    const results = await runSimulationJobs(jobs, { workers: 2 });
    expect(results).toEqual(jobs.map(runCoverageJob));
    expect(results.map(({ experiments }) => experiments)).toEqual([9, 1, 5, 2]);
    await expect(runSimulationJobs([{ ...job, shape: "none" }])).rejects.toThrow("There is no shape none.");
  }, 60_000);

  it("counts reports by both rules alike", async () => {
    const reports: ReportsJob = {
      kind: "reports",
      shape: "plain",
      spreads: [{ blocks: 0.02, groups: 0.05 }],
      groups: 8,
      samplesPerBlock: 10,
      headlines: 6,
      oneIn: 2,
      ratio: 1.3,
      smallest: 0.1,
      resamples: 100,
      seed: 1,
      from: 0,
      to: 3,
    };
    const [counts] = await runSimulationJobs([reports], { workers: 1 });
    expect(counts).toEqual(runReportsJob(reports));
    expect(counts).toMatchObject({ reports: 3, headlines: 18, differing: 9, now: { calledRightly: 9 }, differ: { matters: 9 } });
    expect(counts?.same.equivalent).toBeGreaterThan(6);
  });
});
