import { describe, expect, it } from "vitest";
import { runCountJobs, type CountJob } from "../../test/fixtures/count-jobs.ts";

const job: CountJob = { kind: "count", to: 1_000 };

describe("runJobs", () => {
  it("gives results in the order of the jobs, and reports each", async () => {
    // The first takes longest.
    const jobs = [50_000_000, 1, 5, 2].map((to) => ({ ...job, to }));
    let done = 0;
    const results = await runCountJobs(jobs, { workers: 2, done: () => (done += 1) });
    expect(results.map(({ counted }) => counted)).toEqual([50_000_000, 1, 5, 2]);
    expect(done).toBe(4);
  }, 60_000);

  it("works in threads, at most as many as jobs and as requested", async () => {
    let most = 0;
    await runCountJobs([job, job, job, job, job, job], {
      workers: 2,
      // A busy thread holds the port through which it will answer.
      done: () => (most = Math.max(most, process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort").length)),
    });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
    await expect(runCountJobs([], { workers: 4 })).resolves.toEqual([]);
  }, 60_000);

  it("fails with a job's error, and does not wait for other jobs", async () => {
    await expect(runCountJobs([job, { ...job, error: "It cannot count." }, job], { workers: 2 })).rejects.toThrow("It cannot count.");
  }, 60_000);

  it("fails with the error of a thread that dies while it has no job, and does not wait for other jobs", async () => {
    const jobs = [
      { ...job, dies: "It died." },
      { ...job, to: 2_000_000_000 },
    ];
    await expect(runCountJobs(jobs, { workers: 2 })).rejects.toThrow("It died.");
  }, 60_000);

  it("fails a job that cannot be sent", async () => {
    const unsendable: CountJob = Object.assign({ ...job }, { callback: () => 0.5 });
    await expect(runCountJobs([unsendable], { workers: 1 })).rejects.toThrow("could not be cloned");
  }, 60_000);

  it("refuses zero workers", async () => {
    await expect(runCountJobs([job], { workers: 0 })).rejects.toThrow("not 0");
  });
});
