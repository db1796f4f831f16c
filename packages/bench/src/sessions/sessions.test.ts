import { describe, expect, it } from "vitest";
import { localScenarios, networkScenarios } from "../../test/fixtures/sessions.ts";
import type { ScenarioResult } from "../results/schema.ts";
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
    });
    expect(advice("voice")).toEqual({
      kind: "voice",
      of: { place: "far", pairing: "usual", choice: "ws" },
      besides: 7,
      changes: [{ choice: "either", place: "near", pairings: null }],
    });
    expect(advice("agent")).toMatchObject({ of: { choice: "either" }, besides: 7, changes: [] });
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
      expect(advice(kind)).toEqual({ kind, of: { place: "local", pairing: "plain", choice: "either" }, besides: 0, changes: [] });
    expect(advice("phone")).toEqual({ kind: "phone", of: null, besides: 0, changes: [] });
  });
});
