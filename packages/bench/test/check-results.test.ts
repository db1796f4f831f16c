import { describe, expect, it } from "vitest";
import { checkResults } from "../ci/check-results.ts";
import type { Block, Results, ScenarioResult } from "../src/results/schema.ts";
import { scenarios } from "../src/scenarios/index.ts";
import { makeResults } from "./fixtures/results.ts";

const results = makeResults();
const [first] = results.scenarios as [ScenarioResult];
const [block] = first.blocks as [Block];
const lossy = { expected: 10, received: 9, lost: 1, repeated: 0, reordered: 0 };

/** One scenario, with one block that lost an event. */
function losing(arm: ScenarioResult["arms"][number], integrity: Block["integrity"] = lossy): Results {
  return {
    ...results,
    status: "complete",
    options: { ...results.options, scenarios: [first.name] },
    scenarios: [{ ...first, arms: [arm], blocks: [{ ...block, arm: arm.id, integrity }] }],
  };
}

describe("the check of a run's results", () => {
  const arms = [...new Map(scenarios.flatMap((scenario) => scenario.arms).map((arm) => [arm.id, arm])).values()];
  const others = arms.filter(({ id }) => id === "floor" || id.startsWith("native-"));

  it.each(arms.filter((arm) => !others.includes(arm)))("finds a lost event of $label", (arm) => {
    expect(checkResults(losing(arm))).toEqual([expect.stringContaining("lost 1"), expect.stringContaining("received 9 of 10")]);
    expect(checkResults(losing(arm, null))).toEqual([expect.stringContaining("not checked")]);
  });

  it("leaves to the floor, to the browser's own and to peers what they lose", () => {
    expect(others.length).toBe(4);
    const peer = { id: "peer", label: "Peer", peer: { beside: "sse" as const, notAsked: [] } };
    for (const arm of [...others, peer]) expect(checkResults(losing(arm))).toEqual([]);
  });
});
