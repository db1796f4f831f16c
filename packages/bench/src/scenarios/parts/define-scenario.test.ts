import { builtInTraffic } from "@agent-transports/lab/traffic";
import { describe, expect, it } from "vitest";
import { openRemoteLab } from "../../lab/remote.ts";
import { seededRandom } from "../../stats/index.ts";
import { FLOOR_ARM, SSE_ARM, WS_ARM } from "./arms.ts";
import { defineScenario } from "./define-scenario.ts";

const lab = openRemoteLab({ traffic: builtInTraffic(), random: seededRandom(1), url: new URL("https://agent.example") });

const about = {
  name: "example",
  title: "An example",
  question: "Does the value arrive?",
  claims: [],
  method: "It is looked at.",
  metrics: [],
};
const groups = { quick: 5, standard: 5, full: 5 };

describe("a scenario", () => {
  const scenario = defineScenario({
    ...about,
    arms: [SSE_ARM, WS_ARM, FLOOR_ARM],
    settings: [
      { id: "one", label: "one", factors: {}, groups, value: 1 },
      { id: "two", label: "two", factors: {}, groups, value: 2, furtherArms: [], blocksAtOnce: 4, missing: () => "There is no Chromium." },
    ],
    notRemote: null,
    remoteRuns: 3,
    measure: (_lab, arm, value) => Promise.resolve({ samples: { [arm.transport ?? "none"]: [value] }, integrity: null }),
  });
  const [one, two] = scenario.settings;

  it("measures a block with the value of its setting and the requested arm", async () => {
    expect(await one?.measure(lab, "ws")).toEqual({ samples: { ws: [1] }, integrity: null });
    expect(await two?.measure(lab, "floor")).toEqual({ samples: { none: [2] }, integrity: null });
  });

  it("refuses an arm that it does not have", async () => {
    await expect(one?.measure(lab, "sse-cold")).rejects.toThrow("example has no arm sse-cold.");
  });

  it("measures all further arms, one block at a time, by default", () => {
    expect(one).toMatchObject({ furtherArms: ["floor"], blocksAtOnce: 1 });
    expect(one?.missing()).toBeNull();
    expect(two).toMatchObject({ furtherArms: [], blocksAtOnce: 4 });
    expect(two?.missing()).toBe("There is no Chromium.");
  });

  it("has only arm fields that a results file holds", () => {
    expect(scenario.arms).toEqual([
      { id: "sse", label: "SSE" },
      { id: "ws", label: "WebSocket" },
      { id: "floor", label: "floor, no agent" },
    ]);
  });
});

it("a scenario that needs a lab on this machine refuses a deployment", async () => {
  const { settings } = defineScenario({
    ...about,
    arms: [SSE_ARM, WS_ARM],
    settings: [{ id: "one", label: "one", factors: {}, groups, value: 1 }],
    notRemote: "It looks at the Worker's memory.",
    measure: ({ host }) => Promise.resolve({ samples: { pids: [...host.pids] }, integrity: null }),
  });
  await expect(settings[0]?.measure(lab, "sse")).rejects.toThrow("example is not measured at a deployment.");
});
