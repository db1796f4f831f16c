import { expect, it } from "vitest";
import { LaneRecord } from "../follow/record.ts";
import { pairGroups, resultsOf, type Measured, type MeasuredRun, type RunSettings } from "./results.ts";

const browser = { userAgent: "a browser", cores: 2, timerLatenessMs: { p50: 0, p99: 1 }, startedAt: "2026-11-30T08:00:00.000Z" };
const here: RunSettings = {
  target: "https://here.example/",
  model: "scripted",
  runs: "one",
  scripted: { tokensPerSecond: 50, words: 600 },
};
const elsewhere: RunSettings = { target: "https://elsewhere.example/", model: undefined, runs: "one" };

function measured(): Measured {
  const counts = { received: 1, lost: 0, repeated: 0, reordered: 0 };
  return { record: new LaneRecord(true), comparison: { ...counts, equal: true, hashes: undefined }, bytesDown: 1, bytesUp: 1 };
}

function run(settings: RunSettings, frameDelayP99Ms = 0): MeasuredRun {
  return { settings, lanes: { sse: measured(), ws: measured() }, frameDelayP99Ms };
}

function broken(settings: RunSettings): MeasuredRun {
  const one = run(settings);
  one.lanes.ws.record.fault("half-open");
  return one;
}

it("has a condition for each setting, and compares no run with one of another", () => {
  const longer: RunSettings = { ...here, scripted: { tokensPerSecond: 50, words: 900 } };
  const runs = [run(here), run(longer), run(here), run(elsewhere), run({ ...here, runs: "each" })];
  expect(pairGroups(runs)).toBe(1);
  const [scenario] = resultsOf(runs, browser).scenarios;
  const measuredThere = scenario?.conditions.filter(({ notRun }) => notRun === undefined) ?? [];
  expect(measuredThere.map(({ factors }) => [factors["target"], factors["model"], factors["words"], factors["runs"]])).toEqual([
    [here.target, "scripted", 600, "one"],
    [here.target, "scripted", 900, "one"],
    [elsewhere.target, "not told to a page", undefined, "one"],
    [here.target, "scripted", 600, "each"],
  ]);
  expect(new Set(scenario?.conditions.map(({ label }) => label)).size).toBe(8);
  const blocks = scenario?.blocks.filter(({ condition }) => condition === measuredThere[0]?.id) ?? [];
  expect(blocks.map(({ arm, pair, position }) => [arm, pair, position])).toEqual([
    ["sse", 0, 0],
    ["ws", 0, 1],
    ["sse", 0, 3],
    ["ws", 0, 2],
  ]);
});

it("keeps runs that were broken apart from whole ones", () => {
  const runs = [run(here), broken(here), run(here), broken(here)];
  expect(pairGroups(runs)).toBe(1);
  const [scenario] = resultsOf(runs, browser).scenarios;
  expect(scenario?.blocks.map(({ condition }) => condition)).toEqual([
    ...Array.from({ length: 4 }, () => "whole-1"),
    ...Array.from({ length: 4 }, () => "broken-1"),
  ]);
});

it("names each Agent that was asked", () => {
  expect(resultsOf([run(here), run(elsewhere), run(here)], browser).options.target).toBe(`${here.target}, ${elsewhere.target}`);
});

it("marks blocks of a page whose frames came late", () => {
  const marks = (frameDelayP99Ms: number): unknown =>
    resultsOf([run(here, frameDelayP99Ms)], browser).scenarios[0]?.blocks.map(({ contamination }) => contamination.marks);
  expect(marks(10)).toEqual([[], []]);
  expect(marks(10.1)).toEqual([["event loop delayed"], ["event loop delayed"]]);
});
