import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { linux, needs } from "../src/needs.ts";
import * as tools from "../src/tools.ts";

/** The processes that a folder for temporary files was given to, with their own children: a browser is many. */
async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const environments = await Promise.all(
    // One that has ended meanwhile is none, and another user's cannot be read.
    pids.map((pid) => readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")),
  );
  return pids.filter((_, index) => environments[index]?.split("\0").includes(`TMPDIR=${folder}`));
}

describe.each([
  { name: "Firefox", launch: "launchFirefox", tool: tools.firefox },
  { name: "Chromium", launch: "launchChromium", tool: tools.chromium },
])("$name", ({ launch, tool }) => {
  it("ends with its program, even when that is killed", { timeout: 120_000, ...needs(tool, linux) }, async () => {
    const program = `await (await import("./src/browser/index.ts")).${launch}(); console.log("started");`;
    const folder = await mkdtemp(join(tmpdir(), "browser-test-"));
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: new URL("..", import.meta.url),
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const started = await processesIn(folder);
    expect(started).toContain(child.pid);
    // One is the program.
    expect(started.length).toBeGreaterThan(1);
    child.kill("SIGKILL");
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    await vi.waitFor(async () => expect(await processesIn(folder)).toEqual([]), { timeout: 20_000, interval: 100 });
    await rm(folder, { recursive: true });
  });
});
