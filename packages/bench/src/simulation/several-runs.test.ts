import { describe, expect, it } from "vitest";
import { binomialQuantile } from "../stats/index.ts";
import { problemsOfRuns, runsKinds, simulateRuns, type RunsCell } from "./several-runs.ts";
import { runsTable } from "./tables.ts";

const options = { sets: 400, seed: 1 };
const cells = runsKinds.map((kind) => simulateRuns(kind, options));
const sumOf = (some: readonly RunsCell[], of: (cell: RunsCell) => number): number => some.reduce((sum, cell) => sum + of(cell), 0);

/** So many of these can be wrong once in 1,000 times, where 5 % are right. */
const allowed = (some: readonly RunsCell[]): number => binomialQuantile(0.999, some.length * options.sets, 0.05);

describe("several simulated runs, whose errors are estimated from 3 or 5 pair groups", () => {
  it("have a mean and another run in the intervals in 95 %, also where every second run varies three times as much", () => {
    expect(problemsOfRuns(cells)).toEqual([]);
    for (const errorTimes of [1, 3]) {
      const some = cells.filter(({ kind }) => kind.errorTimes === errorTimes);
      for (const of of ["mean", "anotherRun"] as const)
        expect(sumOf(some, ({ sets, ways: { pooled } }) => sets - pooled[of])).toBeLessThanOrEqual(allowed(some));
    }
  });

  it("do not where each run's own groups give its error, and three of them agree by chance", () => {
    const { sets, ways } = simulateRuns({ runs: 5, groups: 3, spread: 1, errorTimes: 1 }, { sets: 4_000, seed: 1 });
    const most = binomialQuantile(0.999, sets, 0.05);
    expect(sets - ways.own.mean).toBeGreaterThan(most);
    expect(sets - ways.pooled.mean).toBeLessThanOrEqual(most);
  });

  it("are called different in 5 % of the sets where they have no spread, and in more where errors are taken as known", () => {
    const same = cells.filter(({ kind }) => kind.spread === 0 && kind.errorTimes === 1);
    expect(sumOf(same, ({ ways: { pooled } }) => pooled.differ)).toBeLessThanOrEqual(allowed(same));
    expect(sumOf(same, ({ ways: { own } }) => own.differ)).toBeGreaterThan(2 * allowed(same));
    const spread = cells.filter(({ kind }) => kind.spread === 3 && kind.errorTimes === 1);
    expect(sumOf(spread, ({ ways: { pooled } }) => pooled.differ)).toBeGreaterThan(0.5 * spread.length * options.sets);
  });

  it("are a table with a row for each number of runs and way", () => {
    expect(runsTable(cells).split("\n")).toHaveLength(2 + 4 * 3);
    expect(runsTable(cells)).toMatch(/\| 3 \| the pooled error \| 9\d\.\d–[\d.]+ \|/);
  });

  it("are the same with the same seed, and a coverage that is too low is named", () => {
    const [cell] = cells as [RunsCell];
    expect(simulateRuns(cell.kind, options)).toEqual(cell);
    const low = { ...cell, ways: { ...cell.ways, pooled: { ...cell.ways.pooled, mean: 350 } } };
    expect(problemsOfRuns([low])).toEqual(["2 runs, 3 groups, a spread of 0, errors ×1: the interval of the mean covers 350 of 400 only."]);
  });
});
