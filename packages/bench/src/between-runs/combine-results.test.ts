import { describe, expect, it } from "vitest";
import { mapScenario } from "../../test/fixtures/map.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import type { Results } from "../results/schema.ts";
import { combineResults, type CombinedFigure, type NamedRun } from "./combine-results.ts";
import { renderTogether } from "./render.ts";

const run = (seed: number, change: (results: Results) => Results = (results) => results): NamedRun => ({
  file: `run-${seed}.json`,
  // Each on a day of its own.
  results: change({ ...makeResults({ seed }), startedAt: `2026-01-${10 + seed}T09:30:00.000Z` }),
});

/** WebSocket's times of one scenario, multiplied: what an hour or a build does to all blocks of a run. */
const moved =
  (by: number) =>
  (results: Results): Results => ({
    ...results,
    scenarios: results.scenarios.map((scenario) => ({
      ...scenario,
      blocks: scenario.blocks.map((block) =>
        scenario.name !== "uplink" || block.arm !== "ws"
          ? block
          : { ...block, samples: { ...block.samples, roundTripMs: (block.samples["roundTripMs"] ?? []).map((ms) => ms * by) } },
      ),
    })),
  });

const figureOf = (figures: readonly CombinedFigure[], scenario: string, statistic: CombinedFigure["statistic"] = 0.5): CombinedFigure =>
  figures.find((one) => one.scenario === scenario && one.statistic === statistic)!;

describe("several runs together", () => {
  const calm = combineResults([run(1), run(2), run(3)]);

  it("have one effect where runs do not differ, and as many figures as they share", () => {
    expect(calm.figures.every(({ runs }) => runs.length === 3)).toBe(true);
    expect(new Set(calm.figures.map(({ statistic }) => statistic))).toEqual(new Set([0.5, "mean", 0.9, 0.99]));
    const { logRatio, verdict } = figureOf(calm.figures, "token-latency");
    expect(Math.exp(logRatio?.mean ?? 0)).toBeCloseTo(0.78, 1);
    expect(verdict).toEqual({ kind: "matters", lower: "ws" });
    expect(calm.q.differ).toBeLessThanOrEqual(calm.q.allowed);
    expect(calm.pairs.map(({ between }) => between)).toEqual([
      ["run-1.json", "run-2.json"],
      ["run-1.json", "run-3.json"],
      ["run-2.json", "run-3.json"],
    ]);
  });

  it("find a spread between runs, and are then less sure than any of the runs alone", () => {
    const spread = combineResults([run(1, moved(0.6)), run(2), run(3, moved(1.7))]);
    const [moving, still] = [spread, calm].map(({ figures }) => figureOf(figures, "uplink"));
    expect(moving?.logRatio?.q.pValue).toBeLessThan(0.001);
    expect(moving?.logRatio?.betweenRuns).toBeGreaterThan(0.4);
    expect(moving?.logRatio?.betweenRuns).toBeLessThan(0.7);
    expect(still?.logRatio?.betweenRuns).toBeLessThan(0.1);
    expect(moving?.verdict.kind).toBe("undecided");
    expect(still?.verdict).toEqual({ kind: "matters", lower: "ws" });
    expect(spread.pairs.every(({ differ }, index) => differ > (calm.pairs[index]?.differ ?? 0))).toBe(true);
  });

  it("have no cell of the map among their figures, however many pair groups it has", () => {
    const map = mapScenario((_cell, arm, half) => (arm === "ws" ? 200 : 100) + half, { groups: 4 });
    const withMap = (results: Results): Results => ({ ...results, scenarios: [...results.scenarios, map] });
    expect(combineResults([run(1, withMap), run(2, withMap), run(3, withMap)])).toEqual(calm);
  });

  it("are shown with where another run would lie", () => {
    const text = renderTogether(calm);
    expect(text).toContain("By Cochran's Q, the runs differ by more than their own errors in");
    expect(text).toMatch(
      /\| Latency of every token: Token latency p50, 50 tokens\/s \| 3 \| 0\.\d\d, 0\.\d\d, 0\.\d\d \| 0\.7\d \(.+\) \| 0\.\d\d–0\.\d\d \|/,
    );
  });

  it("are refused where one is alone, of another kind, handicapped, or of other scenarios", () => {
    expect(() => combineResults([run(1)])).toThrow("two files at least");
    const remote = run(2, (results) => ({ ...results, options: { ...results.options, target: "https://a.example" } }));
    expect(() => combineResults([run(1), remote])).toThrow(
      "The target is the embedded Worker in run-1.json and https://a.example in run-2.json",
    );
    const handicapped = { file: "slow.json", results: makeResults({ handicap: { arm: "sse", ms: 2 } }) };
    expect(() => combineResults([run(1), handicapped])).toThrow("slow.json has a handicap");
    expect(() => combineResults([run(1), run(1)])).toThrow("give each run once");
    const others = run(2, (results) => ({
      ...results,
      scenarios: results.scenarios.map((one) => ({ ...one, name: `other-${one.name}` })),
    }));
    expect(() => combineResults([run(1), others])).toThrow("No figure was measured in two");
  });
});
