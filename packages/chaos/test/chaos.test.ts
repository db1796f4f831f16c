import { linux, needs } from "@agent-transports/lab/needs";
import * as tools from "@agent-transports/lab/tools";
import { expect, it } from "vitest";
import { ON_LINK } from "../src/faults/index.ts";
import { readOptions } from "../src/options.ts";
import { planClock } from "../src/plan/clocks.ts";
import { planEviction } from "../src/plan/evictions.ts";
import { planKills, planLines, planPackets } from "../src/plan/planner.ts";
import { reportOf, tableOf } from "../src/report/report.ts";
import { chaos, playOnly } from "../src/campaign/chaos.ts";

it("a small run strikes streams of both transports, kills a Worker, finds nothing, and says so", { timeout: 180_000 }, async () => {
  const options = readOptions("--streams 12 --kills 1 --packets 0 --clocks 0 --evictions 4 --at-once 6 --budget 150s".split(" "));
  const { totals, cut, seconds, peakResidentBytes } = await chaos(options);
  expect(totals.found).toEqual([]);
  expect(cut).toBe(false);
  expect(Object.values(totals.transports).every(({ faulted, events }) => faulted >= 12 && events > 100)).toBe(true);
  expect(totals.kills).toBeGreaterThanOrEqual(1);
  expect(totals.evictions).toBe(4);
  // What counts as a kill has struck a stream.
  expect(Object.values(totals.transports).some(({ byFault }) => (byFault["kill"] ?? 0) > 0)).toBe(true);
  const asked = { streams: 12, kills: 1, packets: 0, clocks: 0, evictions: 4, transports: options.transports, faults: options.kinds };
  const table = tableOf(reportOf(totals, { seed: 1, asked, leftOut: [], cut, failure: null, seconds, peakResidentBytes }));
  expect(table).toMatch(/streams that a fault struck +\d+ +\d+\n/);
  expect(table).toContain("No violation.");
});

it("one scenario is played alone, as it was planned, with a Worker of its own where it is killed", { timeout: 180_000 }, async () => {
  const wanted = readOptions(["--seed", "5"]);
  // Whose agent is left alone for long, meanwhile.
  const evicting = playOnly("e1", wanted);
  const lines = await playOnly("s2", wanted);
  expect(lines.scenario).toEqual(planLines(wanted, 2));
  expect(lines.played.flatMap(({ violations }) => violations)).toEqual([]);
  // A kill is at its time: on a busy machine it may come before the streams of one scenario, and hardly of all.
  let isStruck = false;
  for (let index = 0; index < 5 && !isStruck; index++) {
    const killed = await playOnly(`k${index}`, wanted);
    expect(killed.scenario).toEqual(planKills(wanted, index));
    expect(killed.played.flatMap(({ violations }) => violations)).toEqual([]);
    isStruck = killed.played.some(({ streams }) => streams.some(({ strikes }) => strikes.has("kill")));
  }
  expect(isStruck).toBe(true);
  const evicted = await evicting;
  expect(evicted.scenario).toEqual(planEviction(wanted, 1));
  expect(evicted.played.some(({ streams }) => streams.some(({ strikes }) => strikes.has("eviction")))).toBe(true);
  expect(evicted.played.flatMap(({ violations }) => violations)).toEqual([]);
});

it(
  "a Worker's clock jumps while answers are read, nothing is found, and one scenario is played alone",
  { timeout: 180_000, ...needs(linux, tools.cc) },
  async () => {
    const options = readOptions("--seed 5 --streams 0 --kills 0 --packets 0 --clocks 1 --evictions 0 --budget 150s".split(" "));
    const alone = playOnly("c1", options);
    const { totals, cut } = await chaos(options);
    expect([totals.found, cut, totals.clocks >= 1]).toEqual([[], false, true]);
    const { scenario, played } = await alone;
    expect(scenario).toEqual(planClock(options, 1));
    expect(played.flatMap(({ violations }) => violations)).toEqual([]);
  },
);

it(
  "links lose packets of streams of both transports, nothing is found, and one scenario is played alone",
  { timeout: 180_000, ...needs(tools.network) },
  async () => {
    const options = readOptions("--streams 0 --kills 0 --packets 2 --clocks 0 --evictions 0 --at-once 3 --budget 150s".split(" "));
    const { totals, cut } = await chaos(options);
    expect([totals.found, cut]).toEqual([[], false]);
    for (const { lost, byFault } of Object.values(totals.transports)) {
      expect(lost).toBeGreaterThanOrEqual(2);
      expect(Object.keys(byFault).some((kind) => ON_LINK.has(kind))).toBe(true);
    }
    const { scenario, played } = await playOnly("n6", options);
    expect(scenario).toEqual(planPackets(options, 6));
    expect(played.flatMap(({ violations }) => violations)).toEqual([]);
  },
);

it("what is thrown ends all of it, and what was done until then is counted", { timeout: 180_000 }, async () => {
  const error = new Error("The disk is full.");
  let played = 0;
  const { totals, cut, failure } = await chaos(
    readOptions("--streams 500 --kills 500 --packets 0 --clocks 0 --evictions 0 --at-once 2 --budget 150s".split(" ")),
    {
      onPlayed() {
        if ((played += 1) === 3) throw error;
      },
    },
  );
  expect([failure, cut]).toEqual([error, true]);
  expect(totals.scenarios).toBeGreaterThanOrEqual(3);
});
