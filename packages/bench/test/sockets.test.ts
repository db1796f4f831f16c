import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { socketsCommand } from "../src/cli/commands/sockets.ts";
import { answerArms, memoryArms } from "../src/socket-measurements/socket-arms.ts";
import type { SocketSample } from "../src/socket-measurements/socket-tests.ts";

describe("bench sockets", () => {
  it("measures what each way of compression costs, and compares it with none", { timeout: 240_000 }, async () => {
    const out = await mkdtemp(join(tmpdir(), "sockets-"));
    const print = vi.spyOn(console, "log").mockReturnValue();
    try {
      expect(await socketsCommand(["memory", "answer-event", "--rounds", "1", "--clients", "20", "--markdown", "--out", out])).toBe(0);
      const { samples }: { samples: SocketSample[] } = JSON.parse(await readFile(join(out, "sockets.json"), "utf8"));
      const armsOf = (test: string): string[] => samples.filter((one) => one.test === test).map(({ arm }) => arm);
      expect(armsOf("memory").sort()).toEqual(memoryArms.map(({ id }) => id).sort());
      expect(armsOf("answer-event").sort()).toEqual(answerArms.map(({ id }) => id).sort());
      // Bytes tell whether what was asked for was agreed. On a busy machine several tokens share a frame, so they are no constants.
      const bytes = (arm: string): number =>
        samples.find((one) => one.test === "answer-event" && one.arm === arm)?.answer?.bytes ?? Number.NaN;
      expect(bytes("small-window")).toBeLessThan(bytes("off") / 3);
      expect(bytes("on")).toBeLessThan(bytes("off") / 3);
      expect(bytes("no-takeover")).toBeGreaterThan(2 * bytes("on"));
      const text = String(print.mock.calls[0]?.[0]);
      expect(text).toContain("`npx -y pnpm@12 bench sockets memory --rounds 1 --clients 20`, ");
      expect(text).toContain("| WebSocket, small-window | ");
    } finally {
      print.mockRestore();
      await rm(out, { recursive: true, force: true });
    }
  });
});
