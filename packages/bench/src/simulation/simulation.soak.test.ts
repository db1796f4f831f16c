import { describe, expect, it } from "vitest";
import { addCounts } from "./coverage.ts";
import { runSimulationJobs } from "./jobs.ts";
import { coverageJobs, judgeCoverage, reportsJobs, tooMany } from "./plan.ts";

/** The same as `bench simulate`, less of it: bounds are what a binomial count of so many experiments can be. */
const reduced = { experiments: 100, reports: 50, groups: [5, 10], resamples: 1_000, seed: 1, withRivals: false };

describe("the statistics, on known data", () => {
  it("cover the planted ratio 93 to 97 % of the time, with drift, heavy tails and contaminated blocks, at 5 and 10 pair groups", async () => {
    const jobs = coverageJobs(reduced);
    const results = await runSimulationJobs(jobs);
    const all = addCounts(results);
    for (const [index, quantile] of [0.5, 0.9].entries()) {
      const counts = all.quantiles[index];
      if (counts === undefined) throw new Error(`p${quantile * 100} was not counted.`);
      expect(counts.decided).toBe(1_000);
      expect(judgeCoverage(counts, all.experiments)).toBe("inside");
      expect(tooMany(counts.bothMiss, counts.decided)).toBe(false);
      expect(tooMany(counts.pairedFalseAlarms, counts.controls)).toBe(false);
    }
  });

  it("report a difference or too many false alarms in at most 5 % of reports on identical arms", async () => {
    const jobs = reportsJobs({ ...reduced, groups: [5] }).filter(({ differing }) => differing === 0);
    expect(jobs).toHaveLength(4);
    for (const counts of await runSimulationJobs(jobs)) {
      expect(counts.reports).toBe(25);
      for (const alarms of [counts.falseReports, counts.correctedReports, counts.distrustedReports])
        expect(tooMany(alarms, counts.reports)).toBe(false);
      // Before the correction a report of 24 controls has a false alarm as often as not.
      expect(counts.falseAlarms).toBeGreaterThan(0);
    }
  });

  it("are wrong in at most 5 % of differences and of alike verdicts when half of the headlines differ", async () => {
    const jobs = reportsJobs({ ...reduced, groups: [10] }).filter(({ differing }) => differing > 0);
    expect(jobs).toHaveLength(4);
    for (const counts of await runSimulationJobs(jobs)) {
      expect(counts.differing).toBe(25 * 6);
      expect(counts.calledRightly).toBeGreaterThan(0);
      expect(counts.alike).toBeGreaterThan(counts.alikeWrongly);
      expect(tooMany(counts.called - counts.calledRightly, counts.called)).toBe(false);
      expect(tooMany(counts.alikeWrongly, counts.differing)).toBe(false);
    }
  });
});
