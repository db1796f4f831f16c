import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { scaleCommand } from "../src/cli/commands/scale.ts";
import { agentsArms, readersArms, type ScaleSample } from "../src/scale-measurements/scale-tests.ts";

describe("bench scale", () => {
  it(
    "opens readers of one answer, and agents, over each transport, and gives every reader every event once",
    { timeout: 240_000 },
    async () => {
      const out = await mkdtemp(join(tmpdir(), "scale-"));
      const print = vi.spyOn(console, "log").mockReturnValue();
      try {
        expect(await scaleCommand(["readers-50", "agents-10", "--rounds", "1", "--seconds", "1", "--markdown", "--out", out])).toBe(0);
        const { samples }: { samples: ScaleSample[] } = JSON.parse(await readFile(join(out, "scale.json"), "utf8"));
        const of = (test: string): ScaleSample[] => samples.filter((one) => one.test === test);
        expect(
          of("readers-50")
            .map(({ arm }) => arm)
            .sort(),
        ).toEqual(readersArms.map(({ id }) => id).sort());
        expect(
          of("agents-10")
            .map(({ arm }) => arm)
            .sort(),
        ).toEqual(agentsArms.map(({ id }) => id).sort());
        for (const sample of samples) expect(sample).toMatchObject({ wrong: 0, count: sample.test === "readers-50" ? 50 : 10 });
        // Each reader of one answer has the same events.
        for (const { events } of of("readers-50")) expect(events % 50).toBe(0);
        // A start, its alarm, its end, and what was said.
        for (const { rowsWritten } of of("agents-10")) expect(rowsWritten).toBeGreaterThan(10 * 10);
        const text = String(print.mock.calls[0]?.[0]);
        expect(text).toContain("`npx -y pnpm@12 bench scale readers-50 --rounds 1 --seconds 1`, ");
        expect(text).toContain("| WebSocket, permessage-deflate | ");
      } finally {
        print.mockRestore();
        await rm(out, { recursive: true, force: true });
      }
    },
  );
});
