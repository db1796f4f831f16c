import { describe, expect, it } from "vitest";
import { addPeers } from "../../test/fixtures/peers.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { rawPath, resolvePath } from "../raw/path.ts";
import type { Block, Results, ScenarioResult } from "../results/schema.ts";
import { compareRuns, judgeChange, type CompareRunsOptions } from "./compare-runs.ts";
import { renderComparison } from "./render.ts";
import { runComparisonSchema, type RunComparison } from "./schema.ts";
import { parseSelector, parseShare } from "./select.ts";

const before = makeResults({ seed: 1 });
const defaults: CompareRunsOptions = { selectors: [], maxRegression: 0.05, anyway: false, resamples: 500 };

function compare(after: Results, options: Partial<CompareRunsOptions> = {}, from = before): RunComparison {
  return compareRuns({ file: "a.json", results: from }, { file: "b.json", results: after }, { ...defaults, ...options });
}

function withBlocks(results: Results, name: string, change: (block: Block) => Block): Results {
  return withScenario(results, name, (scenario) => ({ ...scenario, blocks: scenario.blocks.map(change) }));
}

function withScenario(results: Results, name: string, change: (scenario: ScenarioResult) => ScenarioResult): Results {
  return { ...results, scenarios: results.scenarios.map((one) => (one.name === name ? change(one) : one)) };
}

function scaled(results: Results, name: string, arm: string, factor: number): Results {
  return withBlocks(results, name, (block) =>
    block.arm === arm
      ? {
          ...block,
          samples: Object.fromEntries(Object.entries(block.samples).map(([id, all]) => [id, all.map((value) => value * factor)])),
        }
      : block,
  );
}

const outcomes = ({ figures }: RunComparison): string[] => figures.map(({ outcome }) => outcome);

describe("two files of results", () => {
  it("are compared without peers when only one of them has peers", () => {
    const same = compare(addPeers(before));
    expect(new Set(outcomes(same))).toEqual(new Set(["noise"]));
    expect(same.faults).toEqual([]);
  });

  it("that are the same pass, with every figure within noise", () => {
    const same = compare(before);
    expect(same.outcome).toBe("pass");
    expect(new Set(outcomes(same))).toEqual(new Set(["noise"]));
    expect(same.figures).toHaveLength(2 * (3 + 2 + 2 + 3 + 2 + 4));
    expect(runComparisonSchema.parse(JSON.parse(JSON.stringify(same)))).toEqual(same);
  });

  it("fail when the second is slower, with the figure, the size and the interval", () => {
    const slower = compare(scaled(makeResults({ seed: 5 }), "token-latency", "ws", 1.3));
    expect(slower.outcome).toBe("regression");
    const worse = slower.figures.filter(({ outcome }) => outcome === "regression");
    expect(worse.map(({ scenario, arm }) => `${scenario} ${arm}`)).toEqual(["token-latency ws", "token-latency ws"]);
    for (const { ratioInterval } of worse) {
      expect(ratioInterval?.low).toBeLessThan(1.3);
      expect(ratioInterval?.high).toBeGreaterThan(1.3);
    }
    expect(renderComparison(slower)).toMatch(/^## Regression: 2 figures worse by more than the threshold/);
    expect(renderComparison(slower)).toMatch(/token-latency\/tokenMs\/p50 \| rate-50 \| ws \| .* \| \+\d\d.*% \(.* to .*\) \| regression/);
  });

  it("pass when the second is faster, and report it", () => {
    const faster = compare(scaled(makeResults({ seed: 5 }), "uplink", "sse", 0.6));
    expect(faster.outcome).toBe("pass");
    expect(faster.figures.filter(({ outcome }) => outcome === "improvement").map(({ scenario }) => scenario)).toEqual(
      Array(3).fill("uplink"),
    );
  });

  it("pass when a figure is worse by less than its threshold, and fail with a lower threshold", () => {
    const after = scaled(makeResults({ seed: 5 }), "token-latency", "ws", 1.3);
    const lenient = compare(after, { maxRegression: 0.6 });
    expect(lenient.outcome).toBe("pass");
    expect(lenient.figures.filter(({ outcome }) => outcome === "worse")).toHaveLength(2);
    const own = compare(after, { maxRegression: 0.6, selectors: [parseSelector("token-latency/tokenMs/p50=10%")] });
    expect(own.outcome).toBe("regression");
    expect(own.figures).toHaveLength(4);
  });

  it("that differ by noise alone raise an alarm in fewer than one comparison of twenty", () => {
    let alarms = 0;
    for (let seed = 10; seed < 50; seed++) {
      const noise = compare(
        makeResults({ seed: seed + 100, size: 0.2 }),
        { maxRegression: 0, resamples: 200 },
        makeResults({ seed, size: 0.2 }),
      );
      if (noise.outcome === "regression") alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(40 * 0.05 + 2);
  }, 60_000);

  it("fail when more events were lost, whatever the times are", () => {
    const losing = withBlocks(before, "reconnect", (block) =>
      block.pair === 0 && block.position === 0 && block.integrity !== null
        ? { ...block, integrity: { ...block.integrity, lost: 1 } }
        : block,
    );
    const lost = compare(losing);
    expect(lost.outcome).toBe("regression");
    expect(lost.faults.reduce((sum, { after }) => sum + after, 0)).toBe(2);
    expect(renderComparison(lost)).toContain("more events lost");
    expect(compare(before, {}, losing).outcome).toBe("pass");
  });

  it("name the raw samples of each figure", () => {
    for (const { raw, groups } of compare(before).figures) {
      const found = resolvePath(before, raw);
      expect(found).toHaveLength(2 * groups.before);
      expect(found.flat().every((sample) => typeof sample === "number")).toBe(true);
    }
    expect(resolvePath(before, rawPath({ scenario: "connect", kind: "samples", name: "nothing" }))).toEqual([]);
  });

  it("compare the rest when a figure has too few groups or samples, and say why it was left out", () => {
    const cut = withScenario(before, "connect", (one) => ({ ...one, blocks: one.blocks.filter(({ pair }) => pair < 3) }));
    const some = compare(cut, { selectors: [parseSelector("connect/firstEventMs/p50"), parseSelector("uplink/roundTripMs")] });
    const reasons = new Set(some.figures.map(({ scenario, quantile, reason }) => `${scenario} ${quantile}: ${reason}`));
    expect(reasons).toContain("connect 0.5: 3 pair groups, at least 5 needed");
    expect(reasons).toContain("uplink 0.99: 960 samples, at least 1000 needed for p99");
    expect(reasons).toContain("uplink 0.5: null");
  });
});

describe("files that cannot be compared are refused", () => {
  const refused =
    (after: Results, options: Partial<CompareRunsOptions> = {}): (() => unknown) =>
    () =>
      compare(after, options);

  it.each<[string, (scenario: ScenarioResult) => ScenarioResult]>([
    ["settings", (one) => ({ ...one, conditions: one.conditions.map((two) => ({ ...two, factors: { headerBytes: 1 } })) })],
    ["arms", (one) => ({ ...one, arms: one.arms.slice(0, 2) })],
    ["metrics", (one) => ({ ...one, metrics: one.metrics.map((metric) => ({ ...metric, better: "higher" })) })],
  ])("with other %s of a scenario", (what, change) => {
    expect(refused(withScenario(before, "connect", change))).toThrow(expect.objectContaining({ code: "other-settings" }));
    expect(refused(withScenario(before, "connect", change))).toThrow(`connect has other ${what}`);
  });

  it("with another target, traffic or machine", () => {
    const other = (options: Partial<Results["options"]>): Results => ({ ...before, options: { ...before.options, ...options } });
    expect(refused(other({ target: "https://a.example/" }))).toThrow(expect.objectContaining({ code: "other-settings" }));
    expect(refused(other({ traffic: "another" }))).toThrow(expect.objectContaining({ code: "other-settings" }));
    const moved: Results = { ...before, environment: { ...before.environment, cores: 64 } };
    expect(refused(moved)).toThrow(expect.objectContaining({ code: "other-environment" }));
    expect(refused(moved, { anyway: true })).not.toThrow();
  });

  it("with nothing in common, or too little of it", () => {
    expect(refused({ ...before, scenarios: [] })).toThrow(expect.objectContaining({ code: "nothing-in-common" }));
    expect(refused(makeResults({ groups: 4 }))).toThrow(/4 pair groups, at least 5 needed/);
  });

  it("when a name matches nothing in them", () => {
    expect(refused(before, { selectors: [parseSelector("conect")] })).toThrow(/Did you mean connect\?/);
    expect(refused(before, { selectors: [parseSelector("connect/firstEvent")] })).toThrow(/Did you mean firstEventMs\?/);
    expect(refused(before, { selectors: [parseSelector("connect/firstEventMs/p99")] })).toThrow(/no quantile of firstEventMs p99/);
  });
});

describe("the rule", () => {
  const change = {
    before: 10,
    after: 12,
    ratio: 1.2,
    ratioInterval: { low: 1.1, high: 1.3 },
    difference: 2,
    differenceInterval: { low: 1, high: 3 },
  };
  it("checks first for noise, then for the size", () => {
    expect(judgeChange(change, { better: "lower" }, 0.05, 0)).toEqual({ outcome: "regression", couldHide: true });
    expect(judgeChange(change, { better: "lower" }, 0.25, 0)).toEqual({ outcome: "worse", couldHide: true });
    expect(judgeChange(change, { better: "lower" }, 0.35, 0)).toEqual({ outcome: "worse", couldHide: false });
    expect(judgeChange(change, { better: "higher" }, 0.05, 0)).toEqual({ outcome: "improvement", couldHide: false });
    expect(judgeChange(change, { better: "lower" }, 0.05, 2)).toMatchObject({ outcome: "noise" });
    expect(judgeChange({ ...change, ratioInterval: { low: 0.99, high: 1.4 } }, { better: "lower" }, 0.05, 0)).toEqual({
      outcome: "noise",
      couldHide: true,
    });
  });

  it("treats a rise from 0 as worse by more than any share", () => {
    const fromZero = { before: 0, after: 3, ratio: null, ratioInterval: null, difference: 3, differenceInterval: { low: 2, high: 4 } };
    expect(judgeChange(fromZero, { better: "lower" }, 5, 0)).toMatchObject({ outcome: "regression" });
    const still = { ...fromZero, after: 0, difference: 0, differenceInterval: { low: 0, high: 0 } };
    expect(judgeChange(still, { better: "lower" }, 0, 0)).toMatchObject({ outcome: "noise" });
  });
});

describe("a share and a selector", () => {
  it("are parsed, or refused in one line", () => {
    expect([parseShare("5%", "--x"), parseShare("0.05", "--x"), parseShare("12.5%", "--x")]).toEqual([0.05, 0.05, 0.125]);
    expect(() => parseShare("five", "--max-regression")).toThrow(/--max-regression five: give a share/);
    expect(parseSelector("a/b/p99.9=7%")).toEqual({ scenario: "a", metric: "b", quantile: "p99.9", maxRegression: 0.07 });
    for (const text of ["", "a/b/c", "a/b/p50/d", "a=1=2"]) expect(() => parseSelector(text)).toThrow(/--metric/);
  });
});
