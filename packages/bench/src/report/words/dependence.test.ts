import { describe, expect, it } from "vitest";
import { analysis } from "../../../test/fixtures/analysed.ts";
import { claimOf } from "../../../test/fixtures/claims.ts";
import type { Dependence } from "../../analysis/facts/index.ts";
import { dependenceSentences } from "./dependence.ts";

const level = (result: "ws" | "sse", condition: string): Dependence["levels"][number] => ({
  result,
  settings: [{ scenario: "uplink", condition, place: "loopback" }],
  reduction: null,
});

function said(...all: Pick<Dependence, "factors" | "others">[]): string {
  const scenarios = ["uplink", "connect", "token-latency"];
  const dependences = all.map((by, index) => ({
    ...by,
    scenario: all.length === 1 ? null : (scenarios[index] ?? null),
    levels: [level("ws", "here"), level("sse", "there")],
  }));
  return dependenceSentences({ ...claimOf(analysis, 6), direction: "depends", dependences, places: ["loopback"] }, analysis.scenarios);
}

describe("the words on what a claim depends", () => {
  it("name the factor, and say that there are others or that the run does not tell two apart", () => {
    expect(said({ factors: ["roundTripMs"], others: [] })).toMatch(/^It depends on the round trip\. WebSocket is better at here\. /);
    expect(said({ factors: ["roundTripMs"], others: ["link"] })).toMatch(/^It depends on the round trip, among others\. /);
    expect(said({ factors: ["roundTripMs", "turns"], others: ["link"] })).toMatch(
      /^It depends on the round trip and the number of turns, among others, which the run does not tell apart\. /,
    );
    expect(said({ factors: [], others: [] })).toMatch(/^It depends on the setting\. /);
  });

  it("say it of each scenario, shorter where there are more", () => {
    const one = { factors: ["roundTripMs"], others: ["link"] };
    expect(said(one, one)).toContain(": by the round trip, among others, WebSocket is better at here. SSE is better at there.");
    expect(said(one, one, one)).toContain(": WebSocket or SSE is better, by the round trip, among others.");
  });

  it("name settings that are crossed by what they are, and each way once", () => {
    const settingsAt = (...conditions: string[]): string => {
      const settings = conditions.map((condition) => ({ scenario: "uplink", condition, place: "loopback" as const }));
      const levels = [{ ...level("ws", ""), settings }];
      const dependence = { factors: [], others: [], scenario: null, levels };
      return dependenceSentences(
        { ...claimOf(analysis, 6), direction: "depends", dependences: [dependence], places: ["loopback"] },
        analysis.scenarios,
      );
    };
    expect(settingsAt("20 turns (new)", "20 turns (all)", "50 turns (new)", "50 turns (all)")).toBe(
      "WebSocket is better at 20 turns and 50 turns, each with: new; all.",
    );
    expect(settingsAt("20 turns (new)", "20 turns (all)", "50 turns (new)")).toBe(
      "WebSocket is better at 20 turns (new); 20 turns (all); 50 turns (new).",
    );
  });
});
