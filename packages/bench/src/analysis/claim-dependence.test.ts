import { describe, expect, it } from "vitest";
import { analysis, scenarioOf } from "../../test/fixtures/analysed.ts";
import { scenarios } from "../scenarios/index.ts";
import { factorNames } from "../report/words/factors.ts";
import { dependencesOf } from "./claim-dependence.ts";
import type { ClaimComparison } from "./claim-result.ts";
import type { Comparison } from "./facts/index.ts";

const uplink = scenarioOf(analysis, "uplink");
const [{ condition, comparisons }] = uplink.conditions as [(typeof uplink.conditions)[number]];
const [metric] = uplink.metrics as [(typeof uplink.metrics)[number]];
const [comparison] = comparisons as [Comparison];

type Result = "ws" | "sse" | "neither" | "undecided" | "constant";

const verdictOf = (result: Result): Pick<Comparison, "verdict" | "better"> => {
  if (result === "ws" || result === "sse") return { verdict: { kind: "matters", lower: result }, better: result };
  if (result === "neither") return { verdict: { kind: "equivalent" }, better: null };
  if (result === "constant") return { verdict: { kind: "constant", lower: "ws" }, better: null };
  return { verdict: { kind: "undecided", lower: null, reasons: [], groupsNeeded: null }, better: null };
};

function setting(result: Result, factors: (typeof condition)["factors"], scenario = "planned"): ClaimComparison {
  return {
    scenario: { name: scenario, instrument: "loopback" },
    condition: { ...condition, label: Object.values(factors).join(" "), factors },
    metric,
    comparison: { ...comparison, ...verdictOf(result) },
  };
}

const levelsOf = (all: readonly ClaimComparison[]): unknown =>
  dependencesOf(all).map(({ scenario, factors, levels }) => [
    scenario,
    factors,
    Object.fromEntries(levels.map(({ result, settings }) => [result, settings.map((one) => one.condition)])),
  ]);

describe("on what a claim depends", () => {
  it("is the factor of which each value has one result", () => {
    const all = [
      setting("neither", { action: "first", roundTripMs: 20 }),
      setting("ws", { action: "first", roundTripMs: 100 }),
      setting("neither", { action: "next", roundTripMs: 20 }),
      setting("ws", { action: "next", roundTripMs: 100 }),
    ];
    expect(levelsOf(all)).toEqual([[null, ["roundTripMs"], { ws: ["first 100", "next 100"], neither: ["first 20", "next 20"] }]]);
  });

  it("is a factor that only some scenarios vary, where that separates all of them", () => {
    const all = [
      setting("neither", { rate: 20 }, "near"),
      setting("neither", { rate: 100 }, "near"),
      setting("ws", { roundTripMs: 100 }, "far"),
      setting("neither", { roundTripMs: 20 }, "far"),
    ];
    expect(levelsOf(all)).toEqual([[null, ["roundTripMs"], { ws: ["100"], neither: ["20", "100", "20"] }]]);
  });

  it("names all factors that the run does not tell apart, and prefers the one with the fewest values", () => {
    const all = [
      setting("ws", { turns: 50, id: "a" }),
      setting("ws", { turns: 50, id: "b" }),
      setting("neither", { turns: 20, pace: "real", id: "c" }),
    ];
    expect(levelsOf(all)).toEqual([[null, ["turns", "pace"], { ws: ["50 a", "50 b"], neither: ["20 real c"] }]]);
  });

  it("is told for each scenario where no factor separates all of them, and is none of them where none does", () => {
    const all = [
      setting("ws", { turns: 50 }, "chains"),
      setting("neither", { turns: 20 }, "chains"),
      setting("ws", { turns: 20, way: "a" }, "others"),
      setting("sse", { turns: 20, way: "a" }, "others"),
    ];
    expect(levelsOf(all)).toEqual([
      ["chains", ["turns"], { ws: ["50"], neither: ["20"] }],
      ["others", [], { ws: ["20 a"], sse: ["20 a"] }],
    ]);
  });

  it("is not asked of what was not decided, which is shown apart, nor of constants", () => {
    const all = [setting("ws", { turns: 50 }), setting("undecided", { turns: 20 }), setting("constant", { turns: 10 })];
    expect(levelsOf(all)).toEqual([[null, [], { ws: ["50"], undecided: ["20"] }]]);
  });

  it("is nothing where all have one result", () => {
    expect(dependencesOf([setting("ws", { turns: 50 }), setting("ws", { turns: 20 })])).toEqual([]);
    expect(dependencesOf([])).toEqual([]);
  });

  it("has words for each factor of each scenario", () => {
    const factors = scenarios.flatMap(({ settings }) => settings.flatMap((one) => Object.keys(one.factors)));
    expect([...new Set(factors)].filter((factor) => !(factor in factorNames))).toEqual([]);
  });
});
