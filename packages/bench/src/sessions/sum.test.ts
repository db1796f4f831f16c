import { describe, expect, it } from "vitest";
import type { Block, ScenarioResult } from "../results/schema.ts";
import { seededRandom } from "../stats/index.ts";
import { pairings, places, sessionKinds, sessionKindsSchema, type SessionKind } from "./kinds.ts";
import { figuresOf, weightedSum, type SessionFigures } from "./sum.ts";

const [place] = places;
const [pairing] = pairings;

/** Each pair group has its blocks of both arms, each with these samples. */
function scenarioOf(
  name: string,
  condition: string,
  groups: readonly { readonly sse: readonly number[]; readonly ws: readonly number[] }[],
): ScenarioResult {
  const block = (arm: string, pair: number, samples: readonly number[], position: number): Block => ({
    condition,
    arm,
    pair,
    position,
    startedAtMs: 0,
    durationMs: 1,
    samples: { time: [...samples] },
    values: {},
    integrity: null,
    contamination: { eventLoopDelayP99Ms: 0, stealShare: 0, marks: [] },
  });
  return {
    name,
    title: name,
    question: "?",
    claims: [],
    method: "-",
    arms: [
      { id: "sse", label: "SSE" },
      { id: "ws", label: "WebSocket" },
    ],
    conditions: [{ id: condition, label: condition, factors: {} }],
    metrics: [{ id: "time", label: "time", unit: "ms", better: "lower", quantiles: [0.5], description: "-" }],
    notRun: null,
    blocks: groups.flatMap(({ sse, ws }, pair) => [
      block("sse", pair, sse, 0),
      block("ws", pair, ws, 1),
      block("ws", pair, ws, 2),
      block("sse", pair, sse, 3),
    ]),
  };
}

const kind: SessionKind = {
  id: "two",
  title: "Two",
  does: "Waits once, and then four times.",
  actions: [
    { label: "first", scenario: "a", metric: "time", times: 1, at: { near: "x" } },
    { label: "next", scenario: "b", metric: "time", times: 4, at: { near: "y" } },
  ],
  waits: 5,
  wait: "question",
  modelMs: 1_000,
};

/** Five groups whose differences are these around a base. */
const groups = (base: number, differences: readonly number[]): { readonly sse: number[]; readonly ws: number[] }[] =>
  differences.map((difference) => ({ sse: [base, base], ws: [base + difference, base + difference] }));

function said(scenarios: readonly ScenarioResult[], of = kind): SessionFigures {
  const figures = figuresOf({ scenarios: [...scenarios] }, of, place!, pairing!);
  if ("missing" in figures) throw new Error(figures.missing);
  return figures;
}

describe("a session", () => {
  it("is the sum of its waits, with the variances of its parts and Satterthwaite's degrees of freedom", () => {
    const figures = said([
      scenarioOf("a", "x", groups(100, [298, 300, 302, 299, 301])),
      scenarioOf("b", "y", groups(50, [10, 12, 8, 11, 9])),
    ]);
    // 1 × 100 + 4 × 50 + 1,000, and 1 × 400 + 4 × 60 + 1,000.
    expect([figures.sseMs, figures.wsMs]).toEqual([1_300, 1_640]);
    expect(figures.difference).toBeCloseTo(340, 9);
    expect(figures.savedMs).toBeCloseTo(68, 9);
    expect(figures.savedShare).toBeCloseTo(340 / 1_640, 9);
    // Both variances of a mean are 2.5 / 5 = 0.5: 0.5 + 16 × 0.5 = 8.5, with 8.5² / (0.5² / 4 + 8² / 4) = 4.498 degrees. t(0.975; 4.498) = 2.658.
    expect(figures.interval.high - 340).toBeCloseTo(2.658 * Math.sqrt(8.5), 1);
    expect(340 - figures.interval.low).toBeCloseTo(figures.interval.high - 340, 9);
    expect(figures.choice).toBe("sse");
  });

  it.each([
    ["sse", [55, 56, 54, 55, 55]],
    ["ws", [-55, -56, -54, -55, -55]],
    ["either", [5, -5, 10, 0, 3]],
    // As small on average, and not known well enough.
    ["undecided", [200, -180, 90, -150, 60]],
    // Just about what somebody notices.
    ["undecided", [49, 51, 50, 48, 52]],
  ] as const)("is told %s where each wait differs by %j ms", (choice, differences) => {
    const one: SessionKind = { ...kind, actions: kind.actions.slice(0, 1), waits: 1 };
    expect(said([scenarioOf("a", "x", groups(500, differences))], one).choice).toBe(choice);
  });

  it("says nothing where a wait was not measured, or too seldom, and says which", () => {
    const a = scenarioOf("a", "x", groups(100, [1, 2, 3, 4, 5]));
    const of = (scenarios: readonly ScenarioResult[]): unknown => figuresOf({ scenarios: [...scenarios] }, kind, place!, pairing!);
    expect(of([a])).toMatchObject({ missing: "next: b was not run" });
    expect(of([a, { ...scenarioOf("b", "y", []), notRun: "no browser" }])).toMatchObject({ missing: "next: no browser" });
    expect(of([a, scenarioOf("b", "y", groups(1, [1, 2]))])).toMatchObject({ missing: "next: 2 pair groups, and 5 are needed" });
    const failed = scenarioOf("b", "y", groups(1, [1, 2, 3, 4, 5]));
    expect(of([a, { ...failed, blocks: failed.blocks.map((block) => ({ ...block, error: "lost" })) }])).toMatchObject({
      missing: "next: 0 pair groups, and 5 are needed",
    });
  });

  it("has intervals that hold the true sum in about 95 of 100 runs", () => {
    const random = seededRandom(20_261_129);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let held = 0;
    const runs = 2_000;
    for (let run = 0; run < runs; run++) {
      const draw = (mean: number, spread: number): { sse: number[]; ws: number[] }[] =>
        groups(
          100,
          Array.from({ length: 5 }, () => mean + spread * normal()),
        );
      const { interval } = said([scenarioOf("a", "x", draw(20, 30)), scenarioOf("b", "y", draw(-3, 5))]);
      if (interval.low <= 8 && 8 <= interval.high) held += 1;
    }
    expect(held / runs).toBeGreaterThan(0.935);
    expect(held / runs).toBeLessThan(0.975);
  });
});

describe("a sum of estimates", () => {
  it("of parts without a spread has none, and the fewest degrees of freedom", () => {
    const parts = [
      { weight: 2, mean: 3, variance: 0, degrees: 9 },
      { weight: 1, mean: 1, variance: 0, degrees: 4 },
    ];
    expect(weightedSum(parts)).toEqual({ mean: 7, variance: 0, degrees: 4 });
  });
});

it("the kinds of sessions are of the schema that a file of others has", () => {
  expect(sessionKindsSchema.parse(sessionKinds)).toEqual(sessionKinds);
});
