import { describe, expect, it } from "vitest";
import { makeResults } from "../../test/fixtures/results.ts";
import { chooseGroups, EFFECT_WANTED, pilotBounds, type PilotBounds } from "./groups-from-pilot.ts";
import type { ScenarioResult } from "../results/schema.ts";
import type { Scenario } from "../scenarios/parts/scenario.ts";
import { uplink } from "../scenarios/uplink.ts";

function scenario(name: string, groups: number): ScenarioResult {
  const found = makeResults({ groups }).scenarios.find((one) => one.name === name);
  if (found === undefined) throw new Error(`No scenario ${name}.`);
  return found;
}

/** Each group's WebSocket samples times a factor that alternates: a spread that can be reckoned with. */
function spread(by: number): ScenarioResult {
  const result = scenario("connect", 6);
  const metric = result.metrics[0]?.id ?? "";
  return {
    ...result,
    blocks: result.blocks.map((block) => ({
      ...block,
      samples: { [metric]: [block.arm === "ws" ? Math.exp(block.pair % 2 === 0 ? by : -by) : 1] },
    })),
  };
}

const conditions = (name: string): string[] => scenario(name, 1).conditions.map(({ id }) => id);
const bounds = (least: number, most: number): PilotBounds => ({ least, most, conditions: conditions("connect") });

describe("chooseGroups", () => {
  it("chooses what the formula gives for the groups' spread, at the corrected level", () => {
    // Six log ratios of ±0.1 have a standard deviation of √(6 · 0.01 / 5) = 0.10954. With 59 degrees of freedom, 2.5766 + 0.8478
    // for 98.75 % and 80 %: (3.424 · 0.10954 / ln 1.05)² = 59.1.
    const pilot = chooseGroups(spread(0.1), bounds(5, 1_000));
    expect(pilot).toMatchObject({ groups: 6, ratio: EFFECT_WANTED });
    for (const needed of Object.values(pilot.needed)) expect(needed).toBe(60);
    expect(pilot.chosen).toBe(60);
  });

  it("stays within the depth's bounds", () => {
    expect(chooseGroups(spread(0.1), bounds(5, 25)).chosen).toBe(25);
    expect(chooseGroups(spread(0.001), bounds(6, 25)).chosen).toBe(6);
  });

  it("chooses the maximum when the pilot has no samples or a side is 0", () => {
    const result = scenario("connect", 6);
    const none = chooseGroups({ ...result, blocks: [] }, bounds(5, 25));
    expect(none).toMatchObject({ groups: 0, chosen: 25 });
    expect(new Set(Object.values(none.needed))).toEqual(new Set([null]));
    const metric = result.metrics[0]?.id ?? "";
    const zeros = { ...result, blocks: result.blocks.map((block) => ({ ...block, samples: { [metric]: [0] } })) };
    expect(chooseGroups(zeros, bounds(5, 25))).toMatchObject({ groups: 6, chosen: 25 });
  });

  it("ignores the effect: a WebSocket that is twice as slow gives the same choice", () => {
    const result = scenario("token-latency", 6);
    const slower = {
      ...result,
      blocks: result.blocks.map((block) => ({
        ...block,
        samples: Object.fromEntries(
          Object.entries(block.samples).map(([id, samples]) => [id, samples.map((sample) => (block.arm === "ws" ? 2 : 1) * sample)]),
        ),
      })),
    };
    const of = { ...bounds(5, 1e6), conditions: conditions("token-latency") };
    expect(chooseGroups(slower, of)).toEqual(chooseGroups(result, of));
  });

  it("considers only settings with more groups than the pilot", () => {
    const [first = ""] = conditions("connect");
    const calm = spread(0.1);
    const blocks = calm.blocks.map((block) => (block.condition === first ? { ...block, samples: { [calm.metrics[0]!.id]: [1] } } : block));
    const { needed, chosen } = chooseGroups({ ...calm, blocks }, { ...bounds(5, 1_000), conditions: [first] });
    expect([needed, chosen]).toEqual([{ [first]: 5 }, 5]);
  });
});

describe("the bounds of a pilot", () => {
  const setting = uplink.settings[0]!;
  const of: Scenario = {
    ...uplink,
    settings: [
      { ...setting, id: "dear", groups: { quick: 0, standard: 5, full: 40 } },
      { ...setting, id: "cheap", groups: { quick: 7, standard: 30, full: 90 } },
    ],
  };

  it("are the quick depth's groups and a setting's maximum, for settings that have more", () => {
    expect(pilotBounds(of, "quick")).toEqual({ least: 7, most: 7, conditions: [] });
    expect(pilotBounds(of, "standard")).toEqual({ least: 7, most: 30, conditions: ["cheap"] });
    expect(pilotBounds(of, "full")).toEqual({ least: 7, most: 90, conditions: ["dear", "cheap"] });
  });

  it("start at what a verdict needs when the quick depth has none, and leave out what is not run", () => {
    const none: Scenario = {
      ...of,
      settings: of.settings.map((setting) => ({
        ...setting,
        groups: { quick: 0, standard: 9, full: 9 },
        missing: () => (setting.id === "cheap" ? "No." : null),
      })),
    };
    expect(pilotBounds(none, "standard")).toEqual({ least: 5, most: 9, conditions: ["dear"] });
  });
});
