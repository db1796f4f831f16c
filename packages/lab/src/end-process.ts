import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Ends a program, one that does not end by itself within this time too. Resolves once it is over, or where it never began. */
export async function endProcess(child: ChildProcess, limitMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  await ended;
  clearTimeout(timer);
}
