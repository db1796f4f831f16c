import { describe, expect, it } from "vitest";
import { analysis, comparisonOf, onlyScenario, results, scenarioOf } from "../../test/fixtures/analysed.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import type { Block, Results } from "../results/schema.ts";
import { about, withoutFloor } from "../../test/fixtures/claims.ts";
import { benjaminiHochberg } from "../stats/index.ts";
import { headlines } from "./headline.ts";
import { analyse, type Analysis, type Comparison } from "./index.ts";

function withBlocks(name: string, change: (block: Block) => Block | null): Results {
  return onlyScenario(name, (scenario) => ({ ...scenario, blocks: scenario.blocks.flatMap((block) => change(block) ?? []) }));
}

function near(effect: { readonly ratio: number | null } | undefined, expected: number): void {
  expect(Math.abs((effect?.ratio ?? 0) / expected - 1)).toBeLessThan(0.05);
}

const allComparisons = (from: Analysis): Comparison[] =>
  from.scenarios.flatMap(({ conditions }) => conditions.flatMap(({ comparisons }) => comparisons));

describe("analyse", () => {
  it("finds the planted effects in their size", () => {
    expect(scenarioOf(analysis, "connect").outcome).toBe("sse");
    expect(scenarioOf(analysis, "token-latency").outcome).toBe("ws");
    expect(scenarioOf(analysis, "uplink").outcome).toBe("ws");
    const { effect } = comparisonOf(analysis, "token-latency", "rate-50", "tokenMs", 0.5);
    expect(effect?.interval.low).toBeLessThan(0.78);
    expect(effect?.interval.high).toBeGreaterThan(0.78);
  });

  it("names the settings when an effect depends on them", () => {
    const { outcome, conditions } = scenarioOf(analysis, "reconnect");
    expect(outcome).toBe("depends");
    expect(conditions.map(({ condition, comparisons }) => [condition.label, comparisons[0]?.verdict.kind])).toEqual([
      ["connection reset", "equivalent"],
      ["half-open", "matters"],
    ]);
  });

  it("is the same to the last digit every time, and survives JSON", () => {
    expect(analyse(results)).toEqual(analysis);
    expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
  });

  it("gives a scenario the same figures alone as among others, except for the corrections for many comparisons", () => {
    const alone = analyse(onlyScenario("uplink", (scenario) => scenario));
    const figures = (from: Analysis): unknown =>
      allComparisons({ ...from, scenarios: [scenarioOf(from, "uplink")] }).map(({ effect, controls, arms }) => ({
        effect,
        controls,
        arms,
      }));
    expect(figures(alone)).toEqual(figures(analysis));
    const adjusted = (from: Analysis): number => comparisonOf(from, "uplink", "rate-10", "roundTripMs", 0.5).adjustedPValue ?? Number.NaN;
    expect(adjusted(alone)).toBeLessThan(adjusted(analysis));
  });

  it("corrects headlines together, and the others together, by Benjamini and Hochberg's method", () => {
    const varied = analyse({
      ...results,
      scenarios: results.scenarios.map((scenario) => ({
        ...scenario,
        blocks: scenario.blocks.map((block) => ({
          ...block,
          samples: Object.fromEntries(
            Object.entries(block.samples).map(([id, samples]) => [id, id.startsWith("bytes") ? about(samples[0] ?? 0, block) : samples]),
          ),
        })),
      })),
    });
    // Constants are facts: nothing of them is tested.
    const tested = allComparisons(varied).filter(({ effect, verdict }) => effect !== null && verdict.kind !== "constant");
    for (const family of ["headline", "other"] as const) {
      const members = tested.filter((one) => one.family === family);
      expect(members.length).toBe(varied.families[family]);
      expect(members.length).toBeGreaterThan(10);
      expect(members.map(({ adjustedPValue }) => adjustedPValue)).toEqual(
        benjaminiHochberg(members.map(({ effect }) => effect?.pValue ?? Number.NaN)),
      );
    }
    expect(comparisonOf(analysis, "token-latency", "rate-50", "tokenMs", 0.5).family).toBe("headline");
    // Claim 8 speaks of this tail.
    expect(comparisonOf(analysis, "token-latency", "rate-50", "tokenMs", 0.99).family).toBe("headline");
    for (const statistic of ["mean", 0.9] as const)
      expect(comparisonOf(analysis, "token-latency", "rate-50", "tokenMs", statistic).family).toBe("headline");
    expect(comparisonOf(analysis, "token-latency", "rate-50", "tokenMs", 0.999).family).toBe("other");
    expect(comparisonOf(analysis, "uplink", "rate-10", "bytesPerSend", 0.5).adjustedPValue).toBeNull();
  });

  it("takes the mean for the headline where the p50 hides one long sample in four, and shows both", () => {
    const hidden = analyse(
      onlyScenario("uplink", (scenario) => ({
        ...scenario,
        blocks: withoutFloor(scenario).map((block) => {
          const [usual = 0] = about(120, block);
          return { ...block, samples: { roundTripMs: [block.arm === "sse" ? 330 : usual, usual, usual, usual] } };
        }),
      })),
    );
    const scenario = scenarioOf(hidden, "uplink");
    const [median, mean] = ([0.5, "mean"] as const).map((statistic) => comparisonOf(hidden, "uplink", "rate-10", "roundTripMs", statistic));
    expect(median).toMatchObject({ meanDiffers: true, verdict: { kind: "undecided" } });
    expect(mean).toMatchObject({ meanDiffers: false, verdict: { kind: "matters", lower: "ws" } });
    expect(mean?.effect?.difference).toBeCloseTo(-52.5, 0);
    expect(headlines(scenario).map(({ comparison }) => comparison.statistic)).toEqual(["mean", "mean", "mean"]);
    expect(headlines(scenarioOf(analysis, "uplink")).map(({ comparison }) => comparison.statistic)).toEqual([0.5, 0.5, 0.5]);
  });

  it("holds an effect against what would matter, and says what other sizes would make of it", () => {
    const { size, verdict } = comparisonOf(analysis, "first-token", "conversations-8", "firstTokenMs", 0.5);
    expect(verdict).toEqual({ kind: "equivalent" });
    expect(size).toMatchObject({ kind: "wait", scale: "unit", smallest: 50, atLeastMs: null });
    expect(size?.others).toEqual([
      { smallest: 20, verdict: "equivalent" },
      { smallest: 100, verdict: "equivalent" },
    ]);
    expect(comparisonOf(analysis, "reconnect", "half-open", "backMs", 0.5).size?.interval?.high).toBeLessThan(-1_000);
  });

  it("judges the control once for the report, by one figure of each setting and transport, and gates no comparison with it", () => {
    const settings = analysis.scenarios.filter(({ notRun }) => notRun === null).flatMap(({ conditions }) => conditions);
    expect(analysis.control.controls).toBe(2 * settings.length);
    expect(analysis.control.quantiles).toHaveLength(2 * settings.length);
    // One transport whose blocks differ from one another as much as the two transports do.
    const restless = analyse(
      onlyScenario("uplink", (scenario) => ({
        ...scenario,
        blocks: withoutFloor(scenario).map((block) => ({
          ...block,
          samples: { roundTripMs: about(block.arm === "ws" ? 10 : block.position < 2 ? 20 : 40, block) },
        })),
      })),
    );
    expect(comparisonOf(restless, "uplink", "rate-10", "roundTripMs", 0.5).verdict).toEqual({ kind: "matters", lower: "ws" });
  });

  it("widens every interval by the control's inflation where that is above its bound", () => {
    const withNoise = (seed: number): Analysis =>
      analyse(
        onlyScenario("uplink", (scenario) => ({
          ...scenario,
          blocks: scenario.blocks.map((block) => ({
            ...block,
            // The second block of a transport is always slower, in groups of even number, and always faster in odd ones.
            samples: {
              roundTripMs: about(20, block).map(
                (value) => value * (1 + 0.2 * (block.position < 2 ? seed : 0) * (block.pair % 2 === 0 ? 1 : -1)),
              ),
            },
          })),
        })),
      );
    const [calm, loud] = [withNoise(0), withNoise(1)];
    expect(calm.control.errorsMultipliedBy).toBe(1);
    expect(loud.control).toMatchObject({ quiet: false });
    expect(loud.control.errorsMultipliedBy).toBeGreaterThan(1);
  });

  it("finds a shared warm-up, counts its groups, compares them, and reports what would change without them", () => {
    const warming = analyse(
      withBlocks("uplink", (block) => ({
        ...block,
        startedAtMs: block.pair * 1e6 + block.startedAtMs,
        samples: Object.fromEntries(
          Object.entries(block.samples).map(([id, samples]) => [id, samples.map((sample) => sample * (block.pair < 2 ? 3 : 1))]),
        ),
      })),
    );
    const { steadiness, conditions } = scenarioOf(warming, "uplink");
    expect(steadiness).toMatchObject({ state: "warm-up", groups: 24, groupsBefore: 6 });
    for (const condition of conditions) expect(condition.unsteadyGroups).toBe(2);
    expect(comparisonOf(warming, "uplink", "rate-10", "roundTripMs", 0.5)).toMatchObject({
      groups: 8,
      withoutMarked: { groups: 6, marked: 2, changes: false },
    });
    expect(scenarioOf(analysis, "uplink").steadiness.state).toBe("steady");
  });

  it("reports that no steady state was reached, and leaves nothing out", () => {
    const drifting = analyse(
      withBlocks("uplink", (block) => ({
        ...block,
        startedAtMs: block.pair * 1e6 + block.startedAtMs,
        samples: Object.fromEntries(
          Object.entries(block.samples).map(([id, samples]) => [id, samples.map((sample) => sample * 1.5 ** block.pair)]),
        ),
      })),
    );
    expect(scenarioOf(drifting, "uplink").steadiness.state).toBe("never");
    expect(comparisonOf(drifting, "uplink", "rate-10", "roundTripMs", 0.5).groups).toBe(8);
  });

  it("calls an arm with 2 ms added slower, and reports the handicap", () => {
    for (const [arm, other] of [["sse", "ws"] as const, ["ws", "sse"] as const]) {
      const handicapped = analyse(makeResults({ noEffects: true, handicap: { arm, ms: 2 } }));
      expect(scenarioOf(handicapped, "token-latency").outcome).toBe(other);
      expect(scenarioOf(handicapped, "uplink").outcome).toBe(other);
      expect(handicapped.handicap).toEqual({ arm, ms: 2 });
    }
  });

  it("states what is the same in every block as a fact, and counts it nowhere", () => {
    const same = analyse(makeResults({ noEffects: true, groups: 5 }));
    expect(comparisonOf(same, "uplink", "rate-10", "bytesPerSend", 0.5)).toMatchObject({
      effect: { ratio: 1, interval: { low: 1, high: 1 }, difference: 0 },
      verdict: { kind: "constant", lower: null },
      better: null,
    });
    expect(comparisonOf(analysis, "uplink", "rate-10", "bytesPerSend", 0.5)).toMatchObject({
      effect: { difference: 131 - 486 },
      verdict: { kind: "constant", lower: "ws" },
      better: null,
      controls: [],
    });
    const first = scenarioOf(analysis, "uplink").metrics.find(({ id }) => id === "bytesPerSend")!;
    const bytesOnly = analyse(onlyScenario("uplink", (scenario) => ({ ...scenario, metrics: [first] })));
    expect(scenarioOf(bytesOnly, "uplink").outcome).toBe("constant");
    expect(bytesOnly.claims.find(({ number }) => number === 1)?.outcome).toBe("not-measured-here");
  });

  it("does not compare fewer than 3 pair groups, and reports how many there were", () => {
    const two = analyse(makeResults({ groups: 2 }));
    const comparison = comparisonOf(two, "connect", "headers-0", "firstEventMs", 0.5);
    expect(comparison.verdict).toEqual({ kind: "not-enough-data", reason: { code: "too-few-groups", groups: 2, needed: 3 } });
    expect(comparison.effect).toBeNull();
    expect(comparison.arms.every(({ value }) => value !== null)).toBe(true);
    expect(scenarioOf(two, "connect").outcome).toBe("not-enough-data");
    expect(two.control.controls).toBe(0);
    expect(comparisonOf(analyse(makeResults({ groups: 3 })), "connect", "headers-0", "firstEventMs", 0.5).groups).toBe(3);
  });

  it("shows no p99 of fewer than 1,000 and no p99.9 of fewer than 10,000 samples", () => {
    const few = comparisonOf(analysis, "uplink", "rate-10", "roundTripMs", 0.99);
    expect(few.verdict).toEqual({
      kind: "not-enough-data",
      reason: { code: "too-few-samples", statistic: 0.99, samples: 960, needed: 1_000 },
    });
    expect(few.arms.map(({ value }) => value)).toEqual([null, null, null, null]);
    expect(comparisonOf(analysis, "token-latency", "rate-50", "tokenMs", 0.99).effect).not.toBeNull();
    expect(comparisonOf(analysis, "token-latency", "rate-50", "tokenMs", 0.999).effect).toBeNull();
  });

  it("leaves a group with a failed block out of the comparison, counts it, and lists the failure", () => {
    const failed = analyse(
      withBlocks("connect", (block) =>
        block.condition === "headers-0" && block.pair === 2 && block.position === 1 ? { ...block, error: "The server closed." } : block,
      ),
    );
    expect(comparisonOf(failed, "connect", "headers-0", "firstEventMs", 0.5)).toMatchObject({ groups: 7, groupsLeftOut: 1 });
    expect(comparisonOf(failed, "connect", "headers-1k", "firstEventMs", 0.5)).toMatchObject({ groups: 8, groupsLeftOut: 0 });
    expect(scenarioOf(failed, "connect").failures).toEqual([
      { condition: "headers-0", arm: expect.stringMatching(/^(sse|ws)$/), pair: 2, position: 1, error: "The server closed." },
    ]);
  });

  it("leaves half a group out, as an interrupted run has it", () => {
    const cut = analyse(withBlocks("uplink", (block) => (block.pair === 7 && block.position >= 2 ? null : block)));
    expect(comparisonOf(cut, "uplink", "rate-1", "roundTripMs", 0.5)).toMatchObject({ groups: 7, groupsLeftOut: 1 });
  });

  it("reports too little data for a condition without blocks and for an arm that was not measured", () => {
    const none = analyse(withBlocks("connect", (block) => (block.condition === "headers-8k" ? null : block)));
    expect(comparisonOf(none, "connect", "headers-8k", "firstEventMs", 0.5).verdict.kind).toBe("not-enough-data");
    const oneArm = analyse(withBlocks("connect", (block) => (block.arm === "ws" ? null : block)));
    expect(comparisonOf(oneArm, "connect", "headers-0", "firstEventMs", 0.5).verdict).toEqual({
      kind: "not-enough-data",
      reason: { code: "not-measured", arm: "ws" },
    });
  });

  it("has no ratio over zero, and still names the lower arm", () => {
    const zero = analyse(
      withBlocks("reconnect", (block) => ({
        ...block,
        samples: {
          ...block.samples,
          replayed: (block.samples["replayed"] ?? []).map(() => (block.arm === "ws" ? 300 + ((block.pair + block.position) % 3) : 0)),
        },
      })),
    );
    expect(comparisonOf(zero, "reconnect", "reset", "replayed", 0.5)).toMatchObject({
      effect: { ratio: null, interval: { low: null, high: null } },
      verdict: { kind: "matters", lower: "sse" },
      better: "sse",
    });
    expect(JSON.parse(JSON.stringify(zero))).toEqual(zero);
  });

  it("refuses a ratio of negative values", () => {
    const negative = analyse(withBlocks("connect", (block) => ({ ...block, samples: { firstEventMs: [-1, 2] } })));
    expect(comparisonOf(negative, "connect", "headers-0", "firstEventMs", 0.5).verdict).toEqual({
      kind: "not-enough-data",
      reason: { code: "negative-values", arm: "sse" },
    });
  });

  it("counts lost, repeated and reordered events by arm", () => {
    const faulty = analyse(
      withBlocks("reconnect", (block) =>
        block.arm === "sse" && block.pair === 0 && block.integrity !== null
          ? { ...block, integrity: { ...block.integrity, received: 199, lost: 2, repeated: 1 } }
          : block,
      ),
    );
    const blocks = results.scenarios.find(({ name }) => name === "reconnect")?.blocks ?? [];
    const touched = blocks.filter(({ arm, pair }) => arm === "sse" && pair === 0).length;
    expect(faulty.integrity.find(({ arm }) => arm === "sse")).toMatchObject({ lost: 2 * touched, repeated: touched, reordered: 0 });
    expect(faulty.integrity.find(({ arm }) => arm === "ws")).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
  });

  it("counts disturbed blocks by the rule that they broke, and still compares them", () => {
    const spoilt = analyse(
      withBlocks("connect", (block) => ({
        ...block,
        contamination: { eventLoopDelayP99Ms: 12, stealShare: 0.03, marks: block.pair === 0 ? ["event-loop-delay", "steal"] : [] },
      })),
    );
    const { blocks, marked, byMark, worstStealShare } = scenarioOf(spoilt, "connect").contamination;
    expect({ marked, byMark, worstStealShare }).toEqual({
      marked: blocks / 8,
      byMark: { "event-loop-delay": blocks / 8, steal: blocks / 8 },
      worstStealShare: 0.03,
    });
    const headline = comparisonOf(spoilt, "connect", "headers-0", "firstEventMs", 0.5);
    expect(headline.groups).toBe(8);
    expect(headline.withoutMarked).toMatchObject({ groups: 7, marked: 1 });
    expect(spoilt.sensitivity.compared).toBeGreaterThan(0);
  });

  it("trusts its control when neither arm differs from itself", () => {
    expect(analysis.control).toMatchObject({ quiet: true, errorsMultipliedBy: 1 });
    expect(analysis.control.controls).toBeGreaterThan(30);
  });

  it("says why a scenario was not run", () => {
    expect(scenarioOf(analysis, "idle")).toMatchObject({ outcome: "not-run", notRun: "Takes minutes: run it with --full." });
  });

  it("leaves out a condition that was not run, and gives each shared reason once", () => {
    const partly = analyse(
      onlyScenario("connect", (scenario) => ({
        ...scenario,
        conditions: scenario.conditions.map((condition) =>
          condition.id === "headers-0" ? condition : { ...condition, notRun: "No time." },
        ),
        blocks: scenario.blocks.filter(({ condition }) => condition === "headers-0"),
      })),
    );
    const { conditions } = scenarioOf(partly, "connect");
    expect(conditions.filter(({ comparisons }) => comparisons.length > 0).map(({ condition }) => condition.id)).toEqual(["headers-0"]);
    expect(conditions.map(({ condition }) => condition.notRun)).toEqual([undefined, "No time.", "No time."]);
  });

  it("separates transport and input in a chain of tool calls", () => {
    const [five, twenty, ...more] = scenarioOf(analysis, "tool-loop").factorial;
    expect(more).toEqual([]);
    expect([five?.label, twenty?.label]).toEqual(["5 turns", "20 turns"]);
    for (const table of [five, twenty]) {
      for (const effect of table?.transport ?? []) near(effect, effect.over === "sse" ? 19 / 21 : 19 / 24);
      expect(table?.transport.map(({ input, over }) => `${input} ${over}`)).toEqual([
        "new sse",
        "whole sse",
        "new sse-cold",
        "whole sse-cold",
      ]);
      for (const effect of table?.input ?? []) near(effect, 1 / 1.16);
      expect(table?.input.map(({ arm }) => arm)).toEqual(["sse", "ws", "sse-cold"]);
      near(table?.interaction, 1);
      near(table?.mixed, 19 / 21 / 1.16);
      expect(table?.cells.map(({ input }) => input)).toEqual(["new", "whole"]);
    }
    expect(scenarioOf(analysis, "connect").factorial).toEqual([]);
  });

  it("analyses a quick run of 20,000 samples a comparison in less than 10 s of CPU time", () => {
    const large = makeResults({ size: 3, groups: 10 });
    const before = process.cpuUsage();
    analyse(large);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(10_000);
  });
});
