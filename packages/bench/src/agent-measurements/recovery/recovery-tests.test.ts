import { describe, expect, it } from "vitest";
import { agentFigures } from "../agent-tables.ts";
import type { FigureTable } from "../../rounds/figures.ts";
import type { AgentSample } from "../agent-tests.ts";
import type { RecoveredAnswer } from "./recovery-block.ts";
import { drawMoments } from "./recovery-tests.ts";

describe("the moments of kills", () => {
  it("are the same for each arm, round by round, one in each part of an answer", () => {
    const moments = drawMoments(4, 7);
    const first = moments("recovery-once", "a");
    const second = moments("recovery-once", "a");
    expect(second).not.toEqual(first);
    expect([moments("recovery-once", "b"), moments("recovery-once", "b")]).toEqual([first, second]);
    expect(first.map((moment) => Math.floor(moment * 4))).toEqual([0, 1, 2, 3]);
    expect(drawMoments(4, 7)("recovery-once", "c")).toEqual(first);
  });
});

const seen = { whole: true, lost: 0, repeated: 0, reordered: 0 };
const good: RecoveredAnswer = {
  ...seen,
  forgotten: 0,
  fromKillMs: [1_000],
  fromListeningMs: [400],
  kills: 1,
  ending: "finished",
  kept: seen,
  tokensTwice: 12,
  promptTokensAgain: 100,
  rowsWritten: 50,
};
const cut: RecoveredAnswer = {
  ...good,
  whole: false,
  kept: { ...seen, whole: false, lost: 40 },
  lost: 40,
  ending: "told",
  fromKillMs: [],
  fromListeningMs: [],
};

function sample(arm: string, answers: readonly RecoveredAnswer[], test = "recovery-once"): AgentSample {
  return { test, arm, round: 0, tokens: 1, wallMs: 1, cpuMs: 1, recovery: { answers, restartMs: [600] } };
}

/** A row's cells, by their columns. */
function row(tables: readonly FigureTable[], label: string): Record<string, string> {
  const cells = tables.flatMap(({ head, rows }) => {
    const found = rows.find(([first]) => first === label) ?? [];
    return head.map((column, index): [string, string] => [column, found[index + 1] ?? "no cell"]);
  });
  return Object.fromEntries(cells);
}

describe("the tables of killed agents", () => {
  it("have shares and means of the answers that were hit, and the median wait beside the peer's", () => {
    const slow = { ...good, fromKillMs: [4_000], fromListeningMs: [3_400] };
    const untouched = { ...cut, kills: 0 };
    const tables = agentFigures([sample("ai-chat", [slow, slow, untouched]), sample("ours-continued", [good, cut])]);
    expect(tables.map(({ id, title }) => `${id}: ${title}`)).toEqual([
      "recovery-once: an agent is killed once while it answers: what is shown",
      "recovery-once: an agent is killed once while it answers: what it takes",
    ]);
    expect(row(tables, "AIChatAgent")).toMatchObject({ "whole %": "100", lost: "0.0", "next token, ms from the kill: median": "4000" });
    expect(row(tables, "ours, continued by its model")).toMatchObject({
      "whole %": "50",
      "cut or wrong, and told %": "50",
      "cut or wrong, not told %": "0",
      lost: "20.0",
      "next token, ms from the kill: median": "1000",
      "÷ ai-chat": "0.12",
      "rows written": "50",
    });
  });

  it("have a dash where no token came any more, and say who went on by itself where nobody asked", () => {
    const once = agentFigures([sample("ours-off", [cut])]);
    expect(row(once, "ours, RECOVERY=off")["next token, ms from the kill: median"]).toBe("–");
    const away = agentFigures([
      sample("ours-off", [{ ...cut, awakeMs: null }], "recovery-away"),
      sample("ours-continued", [{ ...good, awakeMs: 3_000 }], "recovery-away"),
    ]);
    const by = (label: string): string[] =>
      ["went on by itself %", "ms from when it listened: median"].map((head) => row(away, label)[head]!);
    expect(by("ours, RECOVERY=off")).toEqual(["0", "–"]);
    expect(by("ours, continued by its model")).toEqual(["100", "3000"]);
  });
});
