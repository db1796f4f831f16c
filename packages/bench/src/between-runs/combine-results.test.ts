import { describe, expect, it } from "vitest";
import { mapScenario } from "../../test/fixtures/map.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import type { Results } from "../results/schema.ts";
import { benjaminiHochberg, meanInterval } from "../stats/index.ts";
import { combineResults, type CombinedFigure, type Disagreement } from "./combine-results.ts";
import { renderTogether } from "./render.ts";
import type { NamedRun } from "./shared-settings.ts";

const run = (seed: number, change: (results: Results) => Results = (results) => results): NamedRun => ({
  file: `run-${seed}.json`,
  // Each on a day of its own.
  results: { ...change(makeResults({ seed })), startedAt: `2026-01-${10 + seed}T09:30:00.000Z` },
});

/** The same with few pair groups and samples, for what their numbers do not change. */
const small = (seed: number, change: (results: Results) => Results = (results) => results): NamedRun =>
  run(seed, () => change(makeResults({ seed, groups: 3, size: 0.1 })));

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

const without =
  (scenario: string, condition?: string) =>
  (results: Results): Results => ({
    ...results,
    scenarios: results.scenarios
      .filter(({ name }) => name !== scenario || condition !== undefined)
      .map((one) =>
        one.name !== scenario
          ? one
          : {
              ...one,
              conditions: one.conditions.filter(({ id }) => id !== condition),
              blocks: one.blocks.filter((block) => block.condition !== condition),
            },
      ),
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

  it("share each setting that any two of them have, and the order of their files changes the order of columns only", () => {
    const some = [small(1, without("uplink")), small(2, without("reconnect", "half-open")), small(3)];
    const first = combineResults(some);
    expect(figureOf(first.figures, "uplink").runs.map(({ file }) => file)).toEqual(["run-3.json", "run-2.json"]);
    expect(first.figures.find(({ condition }) => condition === "half-open")?.runs.map(({ file }) => file)).toEqual([
      "run-3.json",
      "run-1.json",
    ]);
    const shown = ({ figures }: typeof first): unknown =>
      figures.map(({ scenario, condition, statistic }) => [scenario, condition, statistic]);
    expect(shown(first)).toEqual(shown(combineResults([small(1), small(2), small(3)])));
    const unordered = (pairs: typeof first.pairs): (Disagreement & { readonly files: string })[] =>
      pairs
        .map(({ between, ...counted }) => ({ ...counted, files: between.toSorted().join(" ") }))
        .toSorted((left, right) => (left.files < right.files ? -1 : 1));
    for (const order of [
      [0, 2, 1],
      [1, 0, 2],
      [2, 1, 0],
    ]) {
      const files = order.flatMap((index) => some[index] ?? []);
      const other = combineResults(files);
      expect(other.files).toEqual(files.map(({ file }) => file));
      expect(other.figures).toEqual(first.figures);
      expect(other.q).toEqual(first.q);
      expect(unordered(other.pairs)).toEqual(unordered(first.pairs));
    }
    const ratios = (runs: readonly NamedRun[]): string[] | undefined =>
      /Latency of every token: Token latency p50, 50 tokens\/s \| 3 \| ([\d., ]+) \|/
        .exec(renderTogether(combineResults(runs)))?.[1]
        ?.split(", ");
    expect(ratios(some)).toHaveLength(3);
    expect(ratios(some.toReversed())).toEqual(ratios(some)?.toReversed());
  });

  it("take the first metric of the newest run, or the one before where no two runs measured that", () => {
    const renamed =
      (id: string) =>
      (results: Results): Results => ({
        ...results,
        scenarios: results.scenarios.map((one) => {
          const [metric, ...others] = one.metrics;
          if (one.name !== "uplink" || metric === undefined) return one;
          const blocks = one.blocks.map((block) => ({ ...block, samples: { ...block.samples, [id]: block.samples[metric.id] ?? [] } }));
          return { ...one, metrics: [{ ...metric, id, label: id }, metric, ...others], blocks };
        }),
      });
    const metricOf = (runs: readonly NamedRun[]): string[] => [
      ...new Set(combineResults(runs).figures.flatMap(({ scenario, metric }) => (scenario === "uplink" ? [metric.id] : []))),
    ];
    expect(metricOf([small(1), small(2, renamed("lag")), small(3, renamed("lag"))])).toEqual(["lag"]);
    expect(metricOf([small(1), small(2), small(3, renamed("lag"))])).toEqual(["roundTripMs"]);
  });

  it("are counted once a setting, by its first statistic: all others are of the same samples", () => {
    const settings = new Set(calm.figures.map(({ scenario, condition }) => `${scenario} ${condition}`));
    expect(calm.figures.length).toBeGreaterThan(3 * settings.size);
    expect(calm.q.settings).toBe(settings.size);
    for (const pair of calm.pairs) expect(pair.settings).toBe(settings.size);
    // Each of these differs, at p50, mean and p90.
    const { q } = combineResults([run(1, moved(0.2)), run(2), run(3, moved(5))]);
    expect(q.differ - calm.q.differ).toBeLessThanOrEqual(3);
    expect(q.differ).toBeGreaterThanOrEqual(3);
  });

  it("are not counted where each run is constant, though another build has another value", () => {
    const constant =
      (ws: number) =>
      (results: Results): Results => ({
        ...results,
        scenarios: results.scenarios.map((scenario) => ({
          ...scenario,
          blocks: scenario.blocks.map((block) =>
            scenario.name !== "uplink"
              ? block
              : {
                  ...block,
                  samples: {
                    ...block.samples,
                    roundTripMs: (block.samples["roundTripMs"] ?? []).map(() => (block.arm === "ws" ? ws : 10)),
                  },
                },
          ),
        })),
      });
    const [varied, fixed] = [combineResults([small(1), small(2)]), combineResults([small(1, constant(5)), small(2, constant(6))])];
    const settings = new Set(varied.figures.filter(({ scenario }) => scenario === "uplink").map(({ condition }) => condition)).size;
    expect(settings).toBeGreaterThan(0);
    expect(fixed.q.settings).toBe(varied.q.settings - settings);
    expect(fixed.pairs[0]?.settings).toBe((varied.pairs[0]?.settings ?? 0) - settings);
    expect(renderTogether(fixed)).not.toContain("Infinity");
  });

  it("have one figure of a setting whose blocks have one sample each", () => {
    const single = (results: Results): Results => ({
      ...results,
      scenarios: results.scenarios.map((one) =>
        one.name !== "reconnect"
          ? one
          : { ...one, blocks: one.blocks.map((block) => ({ ...block, samples: { backMs: (block.samples["backMs"] ?? []).slice(0, 1) } })) },
      ),
    });
    const { figures } = combineResults([small(1, single), small(2, single)]);
    expect(figures.flatMap(({ scenario, condition, statistic }) => (scenario === "reconnect" ? [[condition, statistic]] : []))).toEqual([
      ["connection reset", 0.5],
      ["half-open", 0.5],
    ]);
  });

  it("are corrected in METHOD's two families, each by itself", () => {
    // Of nine pair groups, these inputs have a p99 too. No claim names it.
    const { figures } = combineResults([1, 2].map((seed) => run(seed, () => makeResults({ seed, groups: 9 }))));
    expect(new Set(figures.flatMap(({ family, scenario, statistic }) => (family === "other" ? [`${scenario} ${statistic}`] : [])))).toEqual(
      new Set(["uplink 0.99"]),
    );
    expect(figureOf(figures, "token-latency", 0.99).family).toBe("headline");
    for (const family of ["headline", "other"]) {
      const members = figures.filter((one) => one.family === family);
      expect(members.map(({ adjustedPValue }) => adjustedPValue)).toEqual(
        benjaminiHochberg(members.map(({ logRatio, difference }) => meanInterval(logRatio ?? difference).pValue)),
      );
    }
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
    expect(text).toContain("By Cochran's Q, the runs differ by more than their own errors at");
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
