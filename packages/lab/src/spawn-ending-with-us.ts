import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { isOnPath } from "./tools.ts";

/**
 * Starts a program that ends with this process at the latest. On Linux the kernel ends it with the thread that started it, so that even a `kill -9`
 * of this process leaves nothing (prctl(2), PR_SET_PDEATHSIG). Elsewhere only an orderly end of this process does.
 *
 * @param env beside this process's own
 */
export function spawnEndingWithUs(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessByStdio<null, null, Readable> {
  const isTied = process.platform === "linux" && isOnPath("setpriv");
  const [command, all] = isTied ? ["setpriv", ["--pdeathsig", "KILL", "--", path, ...args]] : [path, args];
  const child = spawn(command, all, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  // Nothing has started where there is no pid, and then nothing exits.
  if (child.pid === undefined) return child;
  if (running.size === 0) process.on("exit", killRunning);
  running.add(child);
  child.once("exit", () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killRunning);
  });
  return child;
}

const running = new Set<ChildProcess>();

/** One listener for all: Node warns of more than ten. */
function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}
