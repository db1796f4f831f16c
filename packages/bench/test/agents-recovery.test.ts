import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { AgentSample } from "../src/agent-measurements/agent-tests.ts";
import type { RecoveredAnswer } from "../src/agent-measurements/recovery/recovery-block.ts";
import { recoveryArms } from "../src/agent-measurements/recovery/recovery-arms.ts";
import { agentsCommand } from "../src/cli/commands/agents.ts";
import { untilUndisturbed } from "./until-undisturbed.ts";

/** Those whose answers go on. */
const GOING_ON = ["ours-continued", "ours-replayed"];

it("through the command: an answer of ours whose agent is killed is whole, once, and is kept so", { timeout: 240_000 }, async () => {
  const out = await mkdtemp(join(tmpdir(), "agents-"));
  const print = vi.spyOn(console, "log").mockReturnValue();
  try {
    const seen = { whole: true, lost: 0, repeated: 0, reordered: 0 };
    const whole = { ...seen, kept: seen, ending: "finished", forgotten: 0 };
    const measure = async (): Promise<(arm: string) => readonly RecoveredAnswer[]> => {
      print.mockClear();
      const options = ["--rounds", "1", "--answers", "2", "--tokens", "40", "--markdown", "--out", out];
      expect(await agentsCommand(["recovery-once", ...options])).toBe(0);
      const { samples }: { samples: AgentSample[] } = JSON.parse(await readFile(join(out, "agents.json"), "utf8"));
      expect(samples.map(({ arm }) => arm).sort()).toEqual(recoveryArms.map(({ id }) => id).sort());
      const answersOf = (arm: string): readonly RecoveredAnswer[] =>
        samples.find((sample) => sample.arm === arm)!.recovery!.answers.filter(({ kills }) => kills === 1);
      for (const answer of GOING_ON.flatMap(answersOf)) expect(answer).toMatchObject(whole);
      return answersOf;
    };
    // Where an agent was killed a moment late, its answer may be over, or its last words on their way: then there is nothing to wait for.
    const waits = (answers: readonly RecoveredAnswer[]): number[] => answers.flatMap(({ fromKillMs }) => fromKillMs);
    const answersOf = await untilUndisturbed(
      measure,
      (of) => recoveryArms.every(({ id }) => of(id).length > 0) && GOING_ON.every((arm) => waits(of(arm)).length > 0),
    );
    const hit = recoveryArms.flatMap(({ id }) => answersOf(id).map((answer) => ({ id, answer })));
    expect(new Set(hit.map(({ id }) => id)).size).toBe(recoveryArms.length);
    expect(hit.filter(({ answer }) => !(answer.rowsWritten > 5))).toEqual([]);
    for (const arm of GOING_ON) expect(waits(answersOf(arm)).length).toBeGreaterThan(0);
    // Its provider made it to its end by itself.
    for (const answer of answersOf("ours-replayed")) expect(answer).toMatchObject({ tokensTwice: 0, promptTokensAgain: 0 });
    for (const answer of answersOf("ours-continued")) expect(answer.promptTokensAgain).toBeGreaterThan(0);
    // The control: without recovery an answer is cut, and its reader is told.
    for (const answer of answersOf("ours-off")) expect(answer).toMatchObject({ whole: false, ending: "told", repeated: 0 });
    const text = String(print.mock.calls[0]?.[0]);
    expect(text).toContain("`npx -y pnpm@12 bench agents recovery-once --rounds 1 --answers 2 --tokens 40`, ");
    expect(text).toMatch(/\| ours, continued by its model \| 100 \| 100 \|/);
  } finally {
    print.mockRestore();
    await rm(out, { recursive: true, force: true });
  }
});
