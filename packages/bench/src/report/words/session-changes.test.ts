import { describe, expect, it } from "vitest";
import { localScenarios, networkScenarios } from "../../../test/fixtures/sessions.ts";
import type { ScenarioResult } from "../../results/schema.ts";
import type { SessionAdvice, SessionFigures, Sessions } from "../../sessions/facts.ts";
import { sessionKinds, type SessionKind } from "../../sessions/kinds.ts";
import { isMeasured, sessionsOf, sourcesOf } from "../../sessions/sessions.ts";
import { changeSentence } from "./session-changes.ts";

const from = (scenarios: ScenarioResult[]): Sessions => sessionsOf(sourcesOf({ scenarios, options: { target: null } }, 1), sessionKinds);
const onNetwork = from(networkScenarios());
const here = from(localScenarios());

const kindOf = (id: string): SessionKind => sessionKinds.find((one) => one.id === id)!;
const change = (sessions: Sessions, id: string): string => changeSentence(kindOf(id), sessions).replaceAll(/\s/gu, " ");

/** The same, but for what is said of a kind, and of its cell from far away over what is usual. */
function altered(id: string, advice: Partial<SessionAdvice>, figures: Partial<SessionFigures> = {}): Sessions {
  return {
    cells: onNetwork.cells.map((cell) =>
      isMeasured(cell) && cell.kind === id && cell.place === "far" && cell.pairing === "usual" ? { ...cell, ...figures } : cell,
    ),
    advice: onNetwork.advice.map((one) => (one.kind === id ? { ...one, ...advice } : one)),
  };
}

describe("what would change a choice", () => {
  it("is another version of HTTP or another distance, where something else is to be taken", () => {
    expect(change(onNetwork, "question")).toBe("With both over HTTP/2, it is either.");
    expect(change(onNetwork, "voice")).toBe("With a 20 ms round trip, it is either.");
    const changes: SessionAdvice["changes"] = [
      { choice: "either", place: "far", pairings: ["http3", "http2"] },
      { choice: "either", place: "near", pairings: ["http2"] },
      { choice: "ws", place: "far", pairings: ["http1"] },
    ];
    expect(change(altered("chat", { changes }), "chat")).toBe(
      "With SSE over HTTP/3 and WebSocket over HTTP/1.1 and both over HTTP/2, or with both over HTTP/2 and a 20 ms round trip, it is either; with both over HTTP/1.1, it is WebSocket.",
    );
  });

  it("is nothing that was measured, or what was not measured", () => {
    expect(change(onNetwork, "agent")).toBe("Nothing: 7 other links and versions of HTTP say the same.");
    expect(change(here, "agent")).toBe("A network may: not all of its waits were measured on one.");
    expect(change(here, "phone")).toBe("Nothing is said, because not all of its waits were measured.");
    expect(change(altered("chat", { besides: 0, changes: [] }), "chat")).toBe(
      "Perhaps another network or version of HTTP: none was measured.",
    );
  });

  it("is more runs, where it is undecided, even if nothing else differs", () => {
    const open = (toDecide: SessionFigures["toDecide"]): string => change(altered("agent", {}, { choice: "undecided", toDecide }), "agent");
    expect(open({ shows: "ws", of: "runs", count: 7 })).toBe("If that lead is real, about 7 runs like these (here 1) would show it.");
    expect(open({ shows: "ws", of: "times the pair groups", count: 3 })).toBe(
      "If that lead is real, about 3 times as many pair groups would show it.",
    );
    expect(open({ shows: "either", of: "runs", count: 12 })).toBe(
      "No number of runs makes it a transport’s at this mean: about 12 runs like these (here 1) would show that it is either.",
    );
    expect(open({ shows: "ws", of: "runs", count: null })).toBe("No number of runs: the mean is just what is noticed.");
  });

  it("is how often something happens, where parts of a session speak for different transports", () => {
    const turned = (turns: SessionFigures["turns"]): string => change(altered("phone", { changes: [] }, { turns }), "phone");
    const address = { action: "address", times: 0.244, ratherThan: 0.2, choice: null };
    const tunnel = { action: "tunnel-10", times: 0.281, ratherThan: 1 / 3, choice: null };
    expect(turned([address])).toBe("Both are even if 24 of 100 sessions have a change of address (here 20).");
    expect(turned([address, tunnel, { ...address, action: "tunnel-40" }])).toBe(
      "Both are even if 24 of 100 sessions have a change of address (here 20), or 28 a tunnel of 10 s (here 33).",
    );
    expect(turned([address, { ...tunnel, choice: "ws" }])).toBe("Both are even if 24 of 100 sessions have a change of address (here 20).");
    expect(turned([{ ...address, choice: "sse" }])).toBe("It is SSE if 24 of 100 sessions have a change of address (here 20).");
    expect(turned([{ ...address, times: 0.2004 }])).toBe("Both are even if 20.0 of 100 sessions have a change of address (here 20.0).");
    expect(turned([{ ...address, times: 3, ratherThan: 2 }])).toBe("Both are even if a session has a change of address 3 times (here 2).");
  });

  it("is a version of HTTP with which the other transport is ahead, though that is undecided", () => {
    const sessions = altered("question", {
      changes: [],
      opposed: [
        { place: "far", pairing: "http3" },
        { place: "near", pairing: "http3" },
        { place: "near", pairing: "http1" },
      ],
    });
    expect(change(sessions, "question")).toBe(
      "SSE leads, unproven: by 300 ms per question (299 to 301 ms) with SSE over HTTP/3 and by 60 ms (59.0 to 61.0 ms) with both over HTTP/1.1 and a 20 ms round trip.",
    );
  });
});
