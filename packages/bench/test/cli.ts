import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly ended: Promise<Ended>;
  /** What it has printed by now. */
  readonly said: { readonly stdout: string; readonly stderr: string };
  interrupt(): void;
}

/** The command line as a script starts it: no terminal. */
export function start(...args: readonly string[]): Started {
  const child = spawn(process.execPath, [fileURLToPath(new URL("../bin/transport-bench.js", import.meta.url)), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (said.stdout += String(data)));
  child.stderr.on("data", (data) => (said.stderr += String(data)));
  return { ended: once(child, "close").then(([code]) => ({ code, ...said })), said, interrupt: () => child.kill("SIGINT") };
}

export const cli = (...args: readonly string[]): Promise<Ended> => start(...args).ended;
