import { describe, expect, it } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import { analyse, analyseInWorkers, type ConditionJob } from "../analysis/index.ts";
import type { CoverageJob } from "../simulation/coverage.ts";
import { runJob } from "./jobs.ts";
import { runJobs } from "./pool.ts";

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

describe("runJobs", () => {
  it("gives the analysis to the last digit, whatever the number of workers", async () => {
    const results = makeResults({ groups: 5 });
    const alone = analyse(results, { resamples: 50 });
    for (const workers of [1, 3]) expect(await analyseInWorkers(results, { resamples: 50, workers })).toEqual(alone);
  }, 60_000);

  it("gives results in the order of the jobs, and tells of each", async () => {
    const jobs = [9, 1, 5, 2].map((to) => ({ ...job, to }));
    let done = 0;
    const results = await runJobs(jobs, { workers: 2, done: () => (done += 1) });
    expect(results).toEqual(jobs.map(runJob));
    expect(results.map(({ experiments }) => experiments)).toEqual([9, 1, 5, 2]);
    expect(done).toBe(4);
  }, 60_000);

  it("does the work in threads, of which there are no more than jobs and no more than were asked for", async () => {
    let most = 0;
    await runJobs([job, job, job, job, job, job], {
      workers: 2,
      // A busy thread holds the port through which it will answer.
      done: () => (most = Math.max(most, process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort").length)),
    });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
    await expect(runJobs([], { workers: 4 })).resolves.toEqual([]);
  }, 60_000);

  it("fails with what a job threw, and waits for nobody then", async () => {
    await expect(runJobs([job, { ...job, shape: "none" }, job], { workers: 2 })).rejects.toThrow("There is no shape none.");
  }, 60_000);

  it("fails a job that cannot be sent", async () => {
    const unsendable = { ...job, quantiles: [() => 0.5] } as unknown as ConditionJob;
    await expect(runJobs([unsendable], { workers: 1 })).rejects.toThrow("could not be cloned");
  }, 60_000);

  it("refuses no workers", async () => {
    await expect(runJobs([job], { workers: 0 })).rejects.toThrow("not 0");
  });
});
