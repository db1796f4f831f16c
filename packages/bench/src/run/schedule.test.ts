import { describe, expect, it } from "vitest";
import { blockSeed } from "./plan-scenario.ts";
import { emptyResult } from "./runner.ts";
import { scenarios } from "../scenarios/index.ts";
import { batches, batchesOf, schedule, whyNotRun, type PlannedBlock } from "./schedule.ts";
import { toolLoop } from "../scenarios/tool-loop.ts";
import { withPeers } from "../peer-blocks/with-peers.ts";
import { conditionOf, type Depth, type Scenario, type Setting } from "../scenarios/parts/scenario.ts";
import { seededRandom } from "../stats/random.ts";

const uplink = scenarios.find(({ name }) => name === "uplink")!;

describe("the order of the blocks", () => {
  const plan = schedule(uplink, "full", seededRandom(1));

  it("runs every pair group as A B B A, adjacent", () => {
    for (const setting of uplink.settings) {
      for (let pair = 0; pair < setting.groups.full; pair++) {
        const first = plan.findIndex((block) => block.setting === setting && block.pair === pair);
        const group = plan.slice(first, first + 4 + setting.furtherArms.length);
        expect(group.every((block) => block.setting === setting && block.pair === pair)).toBe(true);
        expect(group.map(({ position }) => position)).toEqual(group.map((_, at) => at));
        const from = group.findIndex(({ arm }) => arm === "sse" || arm === "ws");
        const [a, b, c, d] = group.slice(from, from + 4);
        expect(a?.arm).toBe(d?.arm);
        expect(b?.arm).toBe(c?.arm);
        expect(new Set([a?.arm, b?.arm])).toEqual(new Set(["sse", "ws"]));
      }
    }
  });

  it("runs further arms before the four blocks or behind them, by a coin, and behind them where blocks run at once", () => {
    const placed = (name: string): Set<string> => {
      const scenario = scenarios.find((one) => one.name === name)!;
      const settings = scenario.settings.map((setting) => ({ ...setting, missing: () => null }));
      const groups = Map.groupBy(
        schedule({ ...scenario, settings }, "full", seededRandom(1)),
        ({ setting, pair }) => `${setting.id} ${pair}`,
      );
      return new Set(
        [...groups.values()]
          .map((blocks) => blocks.map(({ arm }) => (arm === "sse" || arm === "ws" ? "compared" : "further")))
          .filter((kinds) => kinds.includes("further"))
          .map((kinds) => kinds.filter((kind, at) => kind !== kinds[at - 1]).join(" ")),
      );
    };
    expect(placed("distance")).toEqual(new Set(["compared further", "further compared"]));
    expect(placed("outage")).toEqual(new Set(["compared further"]));
  });

  it("starts with either transport, by the seed", () => {
    const beginners = plan.filter(({ position }) => position === 0).map(({ arm }) => arm);
    expect(beginners.filter((arm) => arm === "sse").length).toBeGreaterThan(5);
    expect(beginners.filter((arm) => arm === "ws").length).toBeGreaterThan(5);
    expect(schedule(uplink, "full", seededRandom(1))).toEqual(plan);
    expect(schedule(uplink, "full", seededRandom(2))).not.toEqual(plan);
  });

  it("gives an expensive condition its own number of groups, and says why one has none", () => {
    const of = { ...uplink.settings[0]!, factors: {} };
    const cheap = { ...of, id: "c1", label: "c1" };
    const dear = { ...of, id: "c2", label: "c2", groups: { quick: 0, standard: 2, full: 9 } };
    const impossible = { ...of, id: "c3", label: "c3", missing: () => "There is no Chromium." };
    const scenario: Scenario = { ...uplink, settings: [cheap, dear, impossible] };
    const count = (depth: Depth, setting: Setting): number =>
      new Set(
        schedule(scenario, depth, seededRandom(1))
          .filter((block) => block.setting === setting)
          .map(({ pair }) => pair),
      ).size;
    expect([count("quick", cheap), count("quick", dear), count("standard", dear), count("standard", impossible)]).toEqual([5, 0, 2, 0]);
    expect(whyNotRun(cheap, "quick")).toBeNull();
    expect(whyNotRun(dear, "quick")).toBe("not in this depth (--quick), but with --standard or --full.");
    expect(whyNotRun(impossible, "full")).toBe("There is no Chromium.");
    expect(emptyResult(scenario, null, "quick")).toMatchObject({
      notRun: null,
      conditions: [
        conditionOf(cheap),
        { ...conditionOf(dear), notRun: expect.stringContaining("--quick") },
        { ...conditionOf(impossible), notRun: "There is no Chromium." },
      ],
    });
    expect(emptyResult({ ...scenario, settings: [dear] }, null, "quick").notRun).toContain("not in this depth");
  });

  it("keeps whole groups together when blocks run concurrently, and leaves none out", () => {
    const atOnce = scenarios.filter(({ settings }) => settings.every(({ blocksAtOnce }) => blocksAtOnce > 1));
    expect(atOnce).not.toEqual([]);
    for (const scenario of atOnce) {
      const settings = scenario.settings.map((setting) => ({ ...setting, missing: () => null }));
      const whole = schedule({ ...scenario, settings }, "standard", seededRandom(1));
      const parts = batches(whole, settings[0]!.blocksAtOnce);
      expect(parts.flat()).toEqual(whole);
      for (const part of parts) {
        const groups = Map.groupBy(part, ({ setting, pair }) => `${setting.id} ${pair}`);
        const isWhole = [...groups.values()].every((group) => group.length === 4 + (group[0]?.setting.furtherArms.length ?? 0));
        // A group that is larger than what runs at once stands alone, in parts.
        expect(isWhole || groups.size === 1).toBe(true);
      }
    }
    expect(batches(plan, 1)).toEqual(plan.map((block) => [block]));
  });

  it("puts waiting settings after competing ones, in whole groups, and keeps the order of the others", () => {
    const planned = schedule(toolLoop, "standard", seededRandom(1));
    const waits = ({ setting }: (typeof planned)[number]): boolean => setting.factors["pace"] === "real";
    const whole = [...planned.filter(waits), ...planned.filter((block) => !waits(block))];
    const parts = batchesOf(whole);
    const waiting = parts.filter((part) => part.length > 1);
    expect(parts.slice(-waiting.length)).toEqual(waiting);
    expect(waiting.flat()).toEqual(whole.filter(waits));
    for (const part of waiting) expect([part[0]?.position, part.at(-1)?.position]).toEqual([0, 3]);
    expect(parts.slice(0, -waiting.length)).toEqual(whole.filter((block) => !waits(block)).map((block) => [block]));
  });
});

describe("a setting in halves", () => {
  const map = scenarios.find(({ name }) => name === "map")!;
  const plan = schedule(map, "full", seededRandom(3));

  it("runs every pair group as A B C C B A", () => {
    expect(plan.length % 6).toBe(0);
    for (let from = 0; from < plan.length; from += 6) {
      const arms = plan.slice(from, from + 6).map(({ arm }) => arm);
      expect(arms.slice(3)).toEqual(arms.slice(0, 3).toReversed());
      expect(arms.slice(0, 3).toSorted()).toEqual(["sse", "sse-h3", "ws"]);
    }
  });

  it("gives both halves luck of their own, and all arms of a half the same", () => {
    const [setting] = map.settings;
    const seeds = [0, 1, 2, 3, 4, 5].map((position) => blockSeed(1, "map", { setting: setting!, arm: "sse", pair: 0, position }));
    expect(new Set(seeds.slice(0, 3)).size).toBe(1);
    expect(new Set(seeds.slice(3)).size).toBe(1);
    expect(seeds[0]).not.toBe(seeds[3]);
  });

  it("runs the three blocks of a half side by side where they mostly wait", () => {
    const waiting = batchesOf(plan).filter((batch) => batch.length > 1);
    expect(waiting.length).toBeGreaterThan(0);
    for (const batch of waiting) expect(batch.map(({ arm }) => arm).toSorted()).toEqual(["sse", "sse-h3", "ws"]);
  });
});

describe("the blocks of peers", () => {
  const reconnect = scenarios.find(({ name }) => name === "reconnect")!;
  const peers = withPeers(reconnect).arms.flatMap(({ id, peer }) => (peer === undefined ? [] : [id]));
  const alone = schedule(reconnect, "standard", seededRandom(7));
  const plan = schedule(withPeers(reconnect), "standard", seededRandom(7));

  it("do not move the others, with the same seed", () => {
    expect(peers).toHaveLength(4);
    const facts = (blocks: readonly PlannedBlock[]): unknown[] =>
      blocks.map(({ setting, ...block }) => ({ ...block, ...conditionOf(setting) }));
    expect(facts(plan.filter(({ arm }) => !peers.includes(arm)))).toEqual(facts(alone));
  });

  it("come before or after their pair group, each once, in a random order, in the first groups only", () => {
    const orders = new Set<string>();
    const sides = new Set<boolean>();
    const reset = plan.filter(({ setting }) => setting.id === "reset");
    for (let pair = 0; pair < 25; pair++) {
      const from = plan.findIndex(({ setting, pair: of }) => setting.id === "reset" && of === pair);
      const group = reset.filter((block) => block.pair === pair);
      expect(plan.slice(from, from + group.length)).toEqual(group);
      const beside = group.flatMap(({ arm }) => (peers.includes(arm) ? [arm] : []));
      expect(beside.toSorted()).toEqual(pair < 8 ? peers.toSorted() : []);
      if (beside.length === 0) continue;
      orders.add(beside.join(" "));
      sides.add(peers.includes(group[0]!.arm));
    }
    expect(orders.size).toBeGreaterThan(3);
    expect(sides.size).toBe(2);
  });

  it("are absent from conditions without peers", () => {
    expect(plan.filter(({ setting, arm }) => setting.id === "restart" && peers.includes(arm))).toEqual([]);
  });
});
