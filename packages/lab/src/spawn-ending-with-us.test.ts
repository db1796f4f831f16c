import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { linux, needs } from "./needs.ts";

const PROGRAM = `
const { spawnEndingWithUs } = await import("./spawn-ending-with-us.ts");
const child = spawnEndingWithUs(process.execPath, ["-e", "setInterval(() => undefined, 1e6); console.error('ready')"]);
child.stderr.once("data", () => console.log(child.pid));
process.stdin.once("data", () => process.exit(0));
`;

/** A program that has started another one, and that one's pid. It ends by a line. */
async function started(path: string | undefined): Promise<{ child: ChildProcessByStdio<Writable, Readable, null>; pid: number }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    cwd: import.meta.dirname,
    env: { ...process.env, PATH: path },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [said] = await once(child.stdout, "data");
  const pid = Number(String(said));
  process.kill(pid, 0);
  return { child, pid };
}

async function isGone(pid: number): Promise<void> {
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 20_000, interval: 20 });
}

describe("a program that ends with ours", () => {
  it("does where ours exits, even where nothing but Node is there to end it", async () => {
    const { child, pid } = await started("/nowhere");
    child.stdin.write("\n");
    expect(await once(child, "exit")).toEqual([0, null]);
    await isGone(pid);
  });

  it("does where ours is killed", needs(linux), async () => {
    const { child, pid } = await started(process.env["PATH"]);
    child.kill("SIGKILL");
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    await isGone(pid);
  });
});
