import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { planCommand } from "../src/cli/commands/plan.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plan-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Of so many readers, each of which takes 100 kB, and 25 µs for an event. */
const sample = (count: number, more: object = {}): object => ({
  test: `readers-${count}`,
  arm: "sse",
  count,
  cpuMs: count * 2,
  events: count * 80,
  memoryBytes: 100_000,
  latencyMs: { p50: 50, p99: 100 },
  ...more,
});

async function planOf(samples: readonly object[], ...argv: readonly string[]): Promise<string> {
  const file = join(folder, "scale.json");
  await writeFile(file, JSON.stringify({ startedAt: "2026-11-30T00:00:00.000Z", environment: { cores: 2, cpuModel: "CPU" }, samples }));
  const print = vi.spyOn(console, "log").mockReturnValue();
  try {
    expect(await planCommand(["--scale", file, "--markdown", ...argv])).toBe(0);
    return String(print.mock.calls[0]?.[0]);
  } finally {
    print.mockRestore();
  }
}

describe("bench plan", () => {
  it("fills objects until memory or the thread is used up, and names the layers", async () => {
    const row = (text: string): readonly string[] =>
      text
        .split("\n")[2]
        ?.split("|")
        .map((cell) => cell.trim()) ?? [];
    // 64 MB hold 640; half of a thread writes 2,500 events of 25 µs eight times a second.
    expect(row(await planOf([sample(1_000)])).slice(1, 7)).toEqual(["SSE", "98", "25", "640", "2,500", "1 → 3 → 1,563"]);
    expect(row(await planOf([sample(1_000)], "--memory", "128", "--readers", "1000")).slice(4, 7)).toEqual(["1,280", "2,500", "1"]);
    expect(row(await planOf([sample(1_000)], "--events", "80")).slice(4, 7)).toEqual(["640", "250", "1 → 16 → 4,000"]);
  });

  it("draws what bench scale measured, as docs/scale.md shows it", async () => {
    const [root, picture] = [join(import.meta.dirname, "../../.."), join(folder, "scale.svg")];
    const print = vi.spyOn(console, "log").mockReturnValue();
    expect(await planCommand(["--scale", join(root, "reports/scale/scale.json"), "--picture", picture])).toBe(0);
    print.mockRestore();
    const drawn = await readFile(picture, "utf8");
    for (const label of ["SSE", "WebSocket", "WebSocket, permessage-deflate"]) expect(drawn).toContain(`>${label}</text>`);
    expect(drawn).not.toContain("NaN");
    // Else: npx -y pnpm@12 bench plan --picture docs/scale.svg
    expect(drawn).toBe(await readFile(join(root, "docs/scale.svg"), "utf8"));
  });

  it("takes what a reader takes of the largest number up to 1,000, and not of a Worker that is overloaded", async () => {
    expect(await planOf([sample(50, { memoryBytes: 300_000 }), sample(1_000), sample(5_000, { cpuMs: 1e6 })])).toContain(
      "| SSE | 98 | 25 |",
    );
  });

  it("refuses a file without readers of one answer, and what it does not know", async () => {
    await expect(planOf([sample(10, { test: "agents-10" })])).rejects.toThrow("no readers of one answer");
    await expect(planCommand(["--scale", join(folder, "none.json")])).rejects.toThrow("none.json");
    await expect(planOf([sample(1_000)], "--events", "1000", "--share", "1")).rejects.toThrow("an object would carry 0 readers");
    await expect(planOf([sample(1_000, { memoryBytes: -5 })])).rejects.toThrow("--memory");
    await expect(planCommand(["million"])).rejects.toThrow("million");
    await expect(planCommand(["--memory", "500"])).rejects.toThrow("--memory");
  });
});
