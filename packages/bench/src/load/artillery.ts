import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../usage/errors.ts";

/** Where Artillery is, once it was asked for: a workspace of its own, because it weighs as much as all else together. */
const folder: string = join(dirname(fileURLToPath(import.meta.resolve("artillery-engine-agent-transports"))), "..", "artillery");

/** The version that the lockfile there pins. */
export const artilleryVersion: string = pinnedVersion();

const program = join(folder, "node_modules/artillery/bin/run");

function pinnedVersion(): string {
  const { dependencies }: { dependencies: { artillery: string } } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return dependencies.artillery;
}

/** Installs it where it is not the one that is pinned, as the engine's own soak does. @throws UsageError */
export async function installArtillery(): Promise<void> {
  const { setup }: { setup: () => Promise<void> } = await import(pathToFileURL(join(folder, "../install-artillery.mjs")).href);
  await setup().catch((cause: unknown) => {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  });
}

export interface ArtilleryRun {
  readonly script: string;
  /** Where its report goes. */
  readonly report: string;
  /** Where goes what it says. */
  readonly log: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** It is ended after this time, because something in it hangs. */
  readonly limitMs: number;
  /** What it has to end after a signal, before it is killed. Default 10,000. */
  readonly graceMs?: number;
  /** Instead of the one that is installed. */
  readonly program?: string;
}

/** What it said last, of an end that is no verdict. */
const LAST_LINES = 12;

/** Artillery waits for its workers where it is asked to end. */
const GRACE_MS = 10_000;

/**
 * Runs a script, with workers as Artillery sees fit.
 *
 * @returns whether every check of `ensure` held; `undefined` where it was ended by the signal
 * @throws UsageError for a script that it refuses, and where it was not done within the limit
 */
export async function runArtillery(run: ArtilleryRun): Promise<boolean | undefined> {
  const { script, report, log, signal, limitMs, graceMs = GRACE_MS, program: other = program } = run;
  const child = spawn(process.execPath, [other, "run", script, "--output", report], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ARTILLERY_DISABLE_TELEMETRY: "1" },
  });
  const said = createWriteStream(log);
  child.stdout.pipe(said, { end: false });
  child.stderr.pipe(said, { end: false });
  let [late, killing]: [boolean, NodeJS.Timeout | undefined] = [false, undefined];
  const end = (): void => {
    child.kill("SIGTERM");
    killing ??= setTimeout(() => child.kill("SIGKILL"), graceMs);
  };
  signal.addEventListener("abort", end);
  const limit = setTimeout(() => {
    late = true;
    end();
  }, limitMs);
  const [code] = await once(child, "close");
  clearTimeout(limit);
  clearTimeout(killing);
  signal.removeEventListener("abort", end);
  await new Promise((resolve) => said.end(resolve));
  if (signal.aborted) return undefined;
  if (late)
    throw new UsageError(`Artillery was not done after ${limitMs / 1_000} s, the most that this load takes. It was ended: see ${log}.`);
  if (code === 0 || code === 1) {
    if (existsSync(report)) return code === 0;
  }
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n").slice(-LAST_LINES).join("\n");
  throw new UsageError(`Artillery ended with ${code}, and left no result. It said:\n${lines}`);
}
