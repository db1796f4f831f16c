import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ChaosUsageError } from "../errors.ts";

const source = fileURLToPath(new URL("../../worker/moved-clock.c", import.meta.url));
/** A Worker's clock may stand still for as long as it went back: by two jumps, at most so long. */
const TOLERANCE_MS = 3_000;
const run = promisify(execFile);

/** The wall clock of one workerd, which is off by as much as is said. */
export class WorkerClock {
  /** What the process is to be started with. */
  readonly env: Readonly<Record<string, string>>;
  readonly #file: string;
  #offsetMs: number;

  private constructor(library: string, file: string, offsetMs: number) {
    this.env = { LD_PRELOAD: library, CHAOS_CLOCK: file };
    this.#file = file;
    this.#offsetMs = offsetMs;
  }

  /** @param folder for its files @throws ChaosUsageError where this system cannot make one */
  static async make(folder: string, offsetMs: number): Promise<WorkerClock> {
    const built = await buildIn(folder);
    if (built.missing !== null) throw cannotMove(built.missing, built.cause);
    const file = join(folder, "moved-clock");
    await writeFile(file, bytesOf(offsetMs));
    return new WorkerClock(built.library, file, offsetMs);
  }

  /** From now on. */
  async set(offsetMs: number): Promise<void> {
    // Written over: the file is mapped, and must not be empty in between.
    await writeFile(this.#file, bytesOf(offsetMs), { flag: "r+" });
    this.#offsetMs = offsetMs;
  }

  async jump(ms: number): Promise<void> {
    await this.set(this.#offsetMs + ms);
  }

  /** @throws ChaosUsageError where the Worker's clock is not off as it was set */
  async check(worker: URL): Promise<void> {
    const before = now() + this.#offsetMs;
    const told = Number(await (await fetch(new URL("/control/clock/now", worker))).text());
    const after = now() + this.#offsetMs;
    // A busy machine may take long to ask. What is not a time is not within, either.
    const isWithin = told >= before - TOLERANCE_MS && told <= after + TOLERANCE_MS;
    if (!isWithin) throw cannotMove(`it was to be at ${before}, and is at ${told}`);
  }
}

/** @returns what is missing here, or `null` */
export async function refusalOfClocks(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), "chaos-clock-"));
  try {
    const { missing } = await buildIn(folder);
    return missing === null ? null : `A Worker's clock cannot be moved: ${missing}.`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Built = { readonly missing: null; readonly library: string } | { readonly missing: string; readonly cause?: unknown };

/** What moves a clock, which is loaded once to see that it can be. */
async function buildIn(folder: string): Promise<Built> {
  if (process.platform !== "linux") return { missing: "that takes Linux" };
  const library = join(folder, "moved-clock.so");
  try {
    await run("cc", ["-shared", "-fPIC", "-O2", "-o", library, source]);
  } catch (cause) {
    return { missing: "a C compiler, cc, has to build what moves it (Debian: gcc, libc6-dev)", cause };
  }
  try {
    // A loader goes on without what it cannot load, and only says so.
    const { stderr } = await run("true", [], { env: { ...process.env, LD_PRELOAD: library } });
    if (stderr === "") return { missing: null, library };
    return { missing: `programs cannot load what moves it from ${folder}, and TMPDIR may name another folder`, cause: new Error(stderr) };
  } catch (cause) {
    return { missing: `no program starts with what moves it, in ${folder}`, cause };
  }
}

/** By the monotonic clock: the readers' own wall clock may jump, too. */
function now(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

function bytesOf(offsetMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(offsetMs));
  return bytes;
}

function cannotMove(why: string, cause?: unknown): ChaosUsageError {
  return new ChaosUsageError("cannot_move_clock", `Here no Worker's clock can be moved: ${why}. Give --clocks 0.`, cause);
}
