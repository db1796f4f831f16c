import { describe, expect, it } from "vitest";
import { rivals, runCoverageJob, type CoverageJob } from "./coverage.ts";
import { judgeCoverage, tooMany } from "./plan.ts";

const job: CoverageJob = {
  kind: "coverage",
  shape: "plain",
  groups: 5,
  samplesPerBlock: 20,
  ratio: 1.1,
  quantiles: [0.5],
  resamples: 500,
  seed: 3,
  from: 0,
  to: 300,
  withRivals: true,
};

describe("the statistics, on known data", () => {
  it("detect bad intervals: percentile and BCa cover too seldom at 5 groups, the chosen one does not", () => {
    const { quantiles } = runCoverageJob(job);
    const [counts] = quantiles;
    if (counts === undefined) throw new Error("Nothing was counted.");
    const judged = (covered = 0): string => judgeCoverage({ decided: 300, covered }, 300);
    expect(Object.keys(counts.rivals)).toEqual([...rivals]);
    expect(judged(counts.rivals.bca)).toBe("below");
    expect(counts.rivals.percentile).toBeLessThan(counts.covered);
    expect(judged(counts.covered)).toBe("inside");
  });
});

describe("judgeCoverage", () => {
  it("accepts counts that 93 to 97 % of 1,000 can give", () => {
    const judged = (covered: number): string => judgeCoverage({ decided: 1_000, covered }, 1_000);
    expect([900, 930, 950, 970, 990].map(judged)).toEqual(["below", "inside", "inside", "inside", "above"]);
    expect(judgeCoverage({ decided: 19, covered: 0 }, 100)).toBe("rarely decided");
  });

  it("allows 5 % of false alarms plus chance", () => {
    expect(tooMany(5, 100)).toBe(false);
    expect(tooMany(20, 100)).toBe(true);
  });
});
