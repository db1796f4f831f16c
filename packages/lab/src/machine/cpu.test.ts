import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { linux, needs } from "../needs.ts";
import { runTimeMs } from "./cpu.ts";

describe("the CPU time of processes", needs(linux), () => {
  it("covers all their threads, to a millisecond, and grows only while they work", async () => {
    const before = await runTimeMs([process.pid]);
    const since = process.cpuUsage();
    let spentMs = 0;
    // Of its own time: a busy machine gives it little of what passes.
    while (spentMs < 60) {
      const { user, system } = process.cpuUsage(since);
      spentMs = (user + system) / 1000;
    }
    const grown = (await runTimeMs([process.pid]))! - before!;
    expect(grown).toBeGreaterThan(spentMs * 0.8);
    // Other threads of this process, such as V8's compiler, run between the two readings as well.
    expect(grown).toBeLessThan(spentMs * 1.2 + 40);
  });

  it("is unknown for a process that has ended", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "close");
    expect(await runTimeMs([child.pid!])).toBeUndefined();
  });
});
