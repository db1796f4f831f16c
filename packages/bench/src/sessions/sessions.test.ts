import { describe, expect, it } from "vitest";
import { about, badLinkScenarios, localScenarios, networkScenarios, waitScenario } from "../../test/fixtures/sessions.ts";
import type { ScenarioResult } from "../results/schema.ts";
import { networkArms } from "../scenarios/parts/network-arms.ts";
import type { SessionAdvice } from "./facts.ts";
import { sessionKinds } from "./kinds.ts";
import { sessionsOf, sourcesOf } from "./sessions.ts";

const adviceFrom = (scenarios: ScenarioResult[]): ((kind: string) => SessionAdvice) => {
  const { advice } = sessionsOf(sourcesOf({ scenarios, options: { target: null } }, 1), sessionKinds);
  return (kind) => advice.find((one) => one.kind === kind)!;
};

describe("the advice for a session", () => {
  it("is that of far away, over what browsers speak, and names the cells that differ", () => {
    const advice = adviceFrom([...networkScenarios(), ...localScenarios()]);
    expect(advice("question")).toEqual({
      kind: "question",
      of: { place: "far", pairing: "usual", choice: "sse" },
      besides: 7,
      changes: [
        { choice: "either", place: "far", pairings: ["http2"] },
        { choice: "either", place: "near", pairings: ["http2"] },
      ],
      opposed: [],
    });
    expect(advice("voice")).toEqual({
      kind: "voice",
      of: { place: "far", pairing: "usual", choice: "ws" },
      besides: 7,
      changes: [{ choice: "either", place: "near", pairings: null }],
      opposed: [],
    });
    expect(advice("agent")).toMatchObject({ of: { choice: "either" }, besides: 7, changes: [] });
  });

  it("is far away's still where bad links were measured beside it, and names the one that nobody can tell", () => {
    const advice = adviceFrom([...networkScenarios(), ...badLinkScenarios()]);
    expect(advice("question")).toMatchObject({
      of: { place: "far", choice: "sse" },
      besides: 19,
      changes: [
        { choice: "either", place: "far", pairings: ["http2"] },
        { choice: "either", place: "near", pairings: ["http2"] },
        { choice: "undecided", place: "loss" },
        { choice: "either", place: "loss" },
        { choice: "either", place: "lte", pairings: null },
        { choice: "either", place: "slow-3g", pairings: null },
      ],
    });
    expect(advice("agent")).toMatchObject({ of: { choice: "either" }, besides: 19, changes: [] });
  });

  it("of a seventh tab is that of connections: six over HTTP/1.1 are taken", () => {
    expect(adviceFrom(networkScenarios())("tabs")).toMatchObject({
      of: { place: "far", pairing: "usual", choice: "either" },
      changes: [
        { choice: "ws", place: "far", pairings: ["http1"] },
        { choice: "ws", place: "near", pairings: ["http1"] },
      ],
    });
  });

  it("is that of nearby where far away was not measured, and counts only what was", () => {
    const scenarios = networkScenarios().map((scenario) => ({
      ...scenario,
      blocks: scenario.blocks.filter(({ condition, arm }) => !condition.endsWith("-100") && arm !== "sse-h3"),
    }));
    expect(adviceFrom(scenarios)("voice")).toMatchObject({ of: { place: "near", choice: "either" }, besides: 2, changes: [] });
  });

  it("of a quick run is that of this machine, with nothing of another instrument beside it", () => {
    const advice = adviceFrom(localScenarios());
    for (const kind of ["chat", "question", "agent", "voice"])
      expect(advice(kind)).toEqual({
        kind,
        of: { place: "local", pairing: "plain", choice: "either" },
        besides: 0,
        changes: [],
        opposed: [],
      });
    expect(advice("phone")).toEqual({ kind: "phone", of: null, besides: 0, changes: [], opposed: [] });
  });

  it("names the undecided cells in which the other transport is ahead, and not among the changes", () => {
    const wide = (ms: number): readonly number[] => [-200, 150, 60, -90, 80].map((noise) => ms + noise);
    const inputs = { baseMs: 100, addedMs: { ws: about(0), sse: about(70), "sse-h3": wide(-60), "sse-h1": wide(60) } };
    const scenarios = networkScenarios().map((scenario) =>
      scenario.name === "distance" ? waitScenario("distance", networkArms, "time", { "inputs-100": inputs }) : scenario,
    );
    expect(adviceFrom(scenarios)("voice")).toEqual({
      kind: "voice",
      of: { place: "far", pairing: "usual", choice: "ws" },
      besides: 3,
      changes: [{ choice: "undecided", place: "far", pairings: ["http1"] }],
      opposed: [{ place: "far", pairing: "http3" }],
    });
  });
});
