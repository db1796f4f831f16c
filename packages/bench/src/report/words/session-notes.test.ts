import { describe, expect, it } from "vitest";
import { networkScenarios } from "../../../test/fixtures/sessions.ts";
import type { SessionFigures, Sessions } from "../../sessions/facts.ts";
import { sessionKinds } from "../../sessions/kinds.ts";
import { isMeasured, sessionsOf, sourcesOf } from "../../sessions/sessions.ts";
import { notesOf } from "./session-notes.ts";

const onNetwork = sessionsOf(sourcesOf({ scenarios: networkScenarios(), options: { target: null } }, 1), sessionKinds);
const said = (sessions: Sessions): string => notesOf(sessionKinds, sessions).join(" ").replaceAll(/\s/gu, " ");

/** Of each kind, the cell that it is answered by has these figures. */
function altered(figures: (cell: SessionFigures) => Partial<SessionFigures>): Sessions {
  return { ...onNetwork, cells: onNetwork.cells.map((cell) => (isMeasured(cell) ? { ...cell, ...figures(cell) } : cell)) };
}

describe("the notes under the figures of sessions", () => {
  it("say what is noticed, and of which kinds a share of the whole must be", () => {
    expect(said(onNetwork)).toContain(
      "The table names a transport where it saves more than 50 ms of each wait, with 95 % confidence. For an agent with client-side tools, it must also save 5 % of the chain.",
    );
    expect(notesOf(sessionKinds.slice(0, 1), onNetwork).join(" ")).not.toContain("must also");
  });

  it("say which rows are another transport's by another bar, and only those", () => {
    expect(said(onNetwork)).toContain(
      "By 100 ms instead of 50: chat at a desk, chat on phones, chat on phones (Chrome on Android), chat on phones (heartbeats of 2 s) and voice are either.",
    );
    const others = (kind: string): SessionFigures["others"] => [
      { smallestWaitMs: 20, choice: kind === "phone" ? "ws" : "either" },
      { smallestWaitMs: 100, choice: "either" },
    ];
    const phones = altered(({ kind }) => ({ choice: kind === "phone" ? "undecided" : "either", others: others(kind) }));
    expect(said(phones)).toContain("By 20 ms instead of 50: chat on phones is WebSocket. By 100 ms: chat on phones is either.");
    expect(said(altered(({ choice }) => ({ others: [20, 100].map((smallestWaitMs) => ({ smallestWaitMs, choice })) })))).toContain(
      "By 20 or 100 ms instead of 50, nothing else is to be taken.",
    );
  });

  it("explain another run where several were put together, and say that two tell little only where there are two", () => {
    expect(said(onNetwork)).not.toContain("nother run");
    const ofRuns = (runs: number): string =>
      said(altered(({ actions }) => ({ prediction: { low: 0, high: 1 }, actions: actions.map((one) => ({ ...one, runs })) })));
    expect(ofRuns(3)).toMatch(/“One more run” is where its figure would lie, with 95 % confidence\.$/);
    expect(ofRuns(2)).toMatch(/Two runs tell little of that\.$/);
  });
});
