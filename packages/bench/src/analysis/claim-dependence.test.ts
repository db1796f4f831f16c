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
    condition: { ...condition, id: JSON.stringify(factors), label: Object.values(factors).join(" "), factors },
    metric,
    comparison: { ...comparison, ...verdictOf(result) },
  };
}

function withoutFactor(one: ClaimComparison, factor: string): ClaimComparison {
  const factors = Object.fromEntries(Object.entries(one.condition.factors).filter(([name]) => name !== factor));
  return { ...one, condition: { ...one.condition, factors } };
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

  it("is no factor that only some of the comparisons have: it would tell the scenarios apart, and nothing else", () => {
    const all = [
      setting("neither", { rate: 20 }, "near"),
      setting("neither", { rate: 100 }, "near"),
      setting("ws", { turns: 50, input: "new" }, "chains"),
      setting("ws", { turns: 50, input: "whole" }, "chains"),
    ];
    expect(levelsOf(all)).toEqual([
      ["near", [], { neither: ["20", "100"] }],
      ["chains", [], { ws: ["50 new", "50 whole"] }],
    ]);
  });

  it("is no factor that has a value of its own in each setting, of which two statistics are one", () => {
    const all = [setting("ws", { outage: "tunnel" }), setting("ws", { outage: "tunnel" }), setting("sse", { outage: "address" })];
    expect(levelsOf(all)).toEqual([[null, [], { ws: ["tunnel", "tunnel"], sse: ["address"] }]]);
  });

  it("is a factor of several scenarios, where each has it and that separates all of them", () => {
    const all = [
      setting("neither", { roundTripMs: 20, action: "first" }, "actions"),
      setting("ws", { roundTripMs: 100, action: "first" }, "actions"),
      setting("ws", { roundTripMs: 100 }, "chains"),
    ];
    expect(levelsOf(all)).toEqual([[null, ["roundTripMs"], { ws: ["100 first", "100"], neither: ["20 first"] }]]);
  });

  it("names all factors that the run does not tell apart, and prefers those with the fewest values", () => {
    const all = [
      setting("ws", { turns: 50, pace: "fast", way: "a", id: "a" }),
      setting("ws", { turns: 50, pace: "fast", way: "b", id: "b" }),
      setting("ws", { turns: 50, pace: "fast", way: "b", id: "c" }),
      setting("neither", { turns: 20, pace: "real", way: "c", id: "d" }),
    ];
    expect(dependencesOf(all)).toMatchObject([{ factors: ["turns", "pace"], others: ["way"] }]);
    expect(dependencesOf(all.map((one) => withoutFactor(one, "pace")))).toMatchObject([{ factors: ["turns"], others: ["way"] }]);
  });

  it("is told for each scenario where no factor separates all of them, and is none of them where none does", () => {
    const all = [
      setting("ws", { turns: 50, input: "new" }, "chains"),
      setting("ws", { turns: 50, input: "whole" }, "chains"),
      setting("neither", { turns: 20, input: "new" }, "chains"),
      setting("ws", { turns: 20, way: "a" }, "others"),
      setting("sse", { turns: 20, way: "a" }, "others"),
    ];
    expect(levelsOf(all)).toEqual([
      ["chains", ["turns"], { ws: ["50 new", "50 whole"], neither: ["20 new"] }],
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
