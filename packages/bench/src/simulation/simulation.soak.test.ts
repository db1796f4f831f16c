import { describe, expect, it } from "vitest";
import { addCounts } from "./coverage.ts";
import { runSimulationJobs } from "./jobs.ts";
import { measuredQuartiles } from "./measured.ts";
import { coverageJobs, judgeCoverage, problemsOf, reportsJobs, STATISTICS, tooMany } from "./plan.ts";
import { addReports } from "./reports.ts";

/** The same as `bench simulate`, less of it: bounds are what a binomial count of so many experiments can be. */
const reduced = { experiments: 50, reports: 40, groups: [3, 5, 10], spreads: measuredQuartiles, resamples: 300, seed: 1 };

describe("the statistics, on known data", () => {
  it("cover the planted ratio, with drift, heavy tails and contaminated blocks, at 3, 5 and 10 pair groups", async () => {
    const all = addCounts(await runSimulationJobs(coverageJobs(reduced)));
    expect(all.experiments).toBe(50 * 5 * 3 * 3);
    for (const [index, statistic] of STATISTICS.entries()) {
      const counts = all.statistics[index];
      if (counts === undefined) throw new Error(`${statistic} was not counted.`);
      expect(judgeCoverage(counts.covered, all.experiments)).not.toBe("below");
      for (const errors of [counts.within, counts.beyond]) expect(tooMany(errors, all.experiments)).toBe(false);
      expect(tooMany(counts.falseAlarms, 2 * all.experiments)).toBe(false);
    }
  });

  it("report a difference in at most 5 % of reports on identical arms, and find more than the rule before where arms differ", async () => {
    const jobs = reportsJobs({ ...reduced, groups: [10] });
    const results = await runSimulationJobs(jobs);
    const of = (ratio: number): ReturnType<typeof addReports> => addReports(results.filter((_, index) => jobs[index]?.ratio === ratio));
    const [same, some, more] = [of(1), of(1.1), of(1.2)];
    expect(
      problemsOf(
        [],
        [1, 1.1, 1.2].map((ratio) => ({ shape: "plain", groups: 10, ratio, counts: of(ratio) })),
      ),
    ).toEqual([]);
    expect(same.differing).toBe(0);
    for (const { differing, before, now } of [some, more]) {
      expect(differing).toBe(80 * 9);
      expect(now.calledRightly).toBeGreaterThan(1.3 * before.calledRightly);
    }
    expect(same.same.equivalent).toBeGreaterThan(0);
    expect(more.differ.matters).toBeGreaterThan(0);
    // An effect of exactly the smallest one of interest: either mistake in at most 5 %.
    expect(tooMany(some.differ.matters, some.differing)).toBe(false);
    expect(tooMany(some.differ.tooSmall + some.differ.equivalent, some.differing)).toBe(false);
  });
});
