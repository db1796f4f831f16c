import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { linux, needs } from "../needs.ts";
import { runTimeMs } from "./cpu.ts";

describe("the CPU time of processes", needs(linux), () => {
  it("covers all their threads, to a millisecond, and grows only while they work", async () => {
    const before = await runTimeMs([process.pid]);
    const { user, system } = process.cpuUsage();
    const until = performance.now() + 60;
    while (performance.now() < until);
    const spent = process.cpuUsage({ user, system });
    const grown = (await runTimeMs([process.pid]))! - before!;
    const spentMs = (spent.user + spent.system) / 1000;
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
