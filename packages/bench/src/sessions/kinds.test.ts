import { describe, expect, it } from "vitest";
import { LEAST_GROUPS } from "../analysis/verdict.ts";
import { scenarios } from "../scenarios/index.ts";
import { sessionKinds } from "./kinds.ts";
import { besides, pairingOf, placeOf, places } from "./places.ts";

describe("the waits of a session", () => {
  const waits = sessionKinds.flatMap(({ id, actions }) =>
    actions.flatMap((action) => Object.entries(action.at).map(([place, wait]) => ({ name: `${id}, ${action.id}, ${place}`, place, wait }))),
  );

  it.each(waits)("are measured at the depth of their place, over all of its pairings: $name", ({ place: id, wait }) => {
    const place = placeOf(id);
    const scenario = scenarios.find(({ name }) => name === wait.scenario);
    expect(scenario?.metrics.find((metric) => metric.id === wait.metric)).toMatchObject({ unit: "ms", better: "lower" });
    const setting = scenario?.settings.find((one) => one.id === wait.condition);
    expect(setting?.groups[place.depth]).toBeGreaterThanOrEqual(LEAST_GROUPS);
    const measured = ["sse", "ws", ...(setting?.furtherArms ?? scenario?.arms.map((arm) => arm.id) ?? [])];
    for (const { sse, ws } of place.pairings) {
      for (const arm of [sse, ws]) expect(measured).toContain(wait.sameAs?.[arm] ?? arm);
    }
  });

  it("have a kind that a quick run answers, and one that no loopback can", () => {
    const at = (place: string): string[] =>
      sessionKinds.filter(({ actions }) => actions.some((action) => place in action.at)).map(({ id }) => id);
    expect(at("local")).toEqual(["chat", "question", "agent", "voice"]);
    expect(at("far")).toEqual(sessionKinds.map(({ id }) => id));
  });
});

describe("a place", () => {
  it("stands beside those whose figures are of the same instrument", () => {
    expect(besides(placeOf("far")).map(({ id }) => id)).toEqual(["far", "near", "loss", "lte", "slow-3g"]);
    expect(besides(placeOf("local")).map(({ id }) => id)).toEqual(["local"]);
  });

  it("that nobody knows is refused, with the names of those that there are", () => {
    expect(() => placeOf("moon")).toThrow(/no place moon: only far, near, loss, lte, slow-3g, local/);
    expect(() => pairingOf(places[0]!, "http9")).toThrow(/far has no pairing http9: only usual/);
  });
});
