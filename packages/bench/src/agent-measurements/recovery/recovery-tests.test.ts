import { describe, expect, it } from "vitest";
import { agentFigures } from "../agent-tables.ts";
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

const good: RecoveredAnswer = {
  whole: true,
  lost: 0,
  repeated: 0,
  reordered: 0,
  forgotten: 0,
  fromKillMs: [1_000],
  fromListeningMs: [400],
  kills: 1,
  ending: "finished",
  keptWhole: true,
  tokensTwice: 12,
  promptTokensAgain: 100,
  rowsWritten: 50,
};
const cut: RecoveredAnswer = { ...good, whole: false, keptWhole: false, lost: 40, ending: "told", fromKillMs: [], fromListeningMs: [] };

function sample(arm: string, answers: readonly RecoveredAnswer[], test = "recovery-once"): AgentSample {
  return { test, arm, round: 0, tokens: 1, wallMs: 1, cpuMs: 1, recovery: { answers, restartMs: [600] } };
}

describe("the table of killed agents", () => {
  it("has shares and means of the answers that were hit, and the median wait beside the peer's", () => {
    const slow = { ...good, fromKillMs: [4_000], fromListeningMs: [3_400] };
    const untouched = { ...cut, kills: 0 };
    const [table] = agentFigures([sample("ai-chat", [slow, slow, untouched]), sample("ours-continued", [good, cut])]);
    const row = (label: string): Record<string, string> => {
      const cells = table!.rows.find(([first]) => first === label)!.slice(1);
      return Object.fromEntries(cells.map((cell, index) => [`${index} ${table!.head[index]}`, cell]));
    };
    expect(row("AIChatAgent")).toMatchObject({ "0 whole %": "100", "4 words lost": "0.0", "7 next token, ms from the kill: median": "4000" });
    expect(row("ours, continued by its model")).toMatchObject({
      "0 whole %": "50",
      "2 not whole, and told %": "50",
      "3 not whole, not told %": "0",
      "4 words lost": "20.0",
      "7 next token, ms from the kill: median": "1000",
      "8 ÷ ai-chat": "0.25",
    });
  });

  it("has a dash where no token came any more, and says who went on by itself where nobody asked", () => {
    const [once] = agentFigures([sample("ours-off", [cut])]);
    expect(once!.rows[0]![1 + once!.head.indexOf("next token, ms from the kill: median")]).toBe("–");
    const [away] = agentFigures([
      sample("ours-off", [{ ...cut, awakeMs: null }], "recovery-away"),
      sample("ours-continued", [{ ...good, awakeMs: 3_000 }], "recovery-away"),
    ]);
    expect(away!.rows.map((row) => row[1 + away!.head.indexOf("went on by itself %")])).toEqual(["0", "100"]);
    expect(away!.rows.map((row) => row[1 + away!.head.indexOf("ms from when it listened: median")])).toEqual(["–", "3000"]);
  });
});
