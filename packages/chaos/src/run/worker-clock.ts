import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ChaosUsageError } from "../errors.ts";

const source = fileURLToPath(new URL("../../worker/moved-clock.c", import.meta.url));
/** So much later than it was asked for is the time that a Worker tells. */
const ASKING_MS = 3_000;

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
    const library = join(folder, "moved-clock.so");
    try {
      if (process.platform !== "linux") throw new Error("It takes Linux.");
      await promisify(execFile)("cc", ["-shared", "-fPIC", "-O2", "-o", library, source]);
    } catch (error) {
      throw cannotMove("a C compiler, cc, has to build what moves it", error);
    }
    const file = join(folder, "moved-clock");
    await writeFile(file, bytesOf(offsetMs));
    return new WorkerClock(library, file, offsetMs);
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
    // The readers' own wall clock may jump, too.
    const due = Math.round(performance.timeOrigin + performance.now()) + this.#offsetMs;
    const told = Number(await (await fetch(new URL("/control/clock/now", worker))).text());
    if (Math.abs(told - due) > ASKING_MS) throw cannotMove(`it was to be at ${due}, and is at ${told}`);
  }
}

/** @returns what is missing here, or `null` */
export async function refusalOfClocks(): Promise<string | null> {
  if (process.platform !== "linux") return "Moving a Worker's clock takes Linux.";
  const found = await promisify(execFile)("cc", ["--version"]).then(
    () => true,
    () => false,
  );
  return found ? null : "Moving a Worker's clock takes a C compiler, cc.";
}

function bytesOf(offsetMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(offsetMs));
  return bytes;
}

function cannotMove(why: string, cause?: unknown): ChaosUsageError {
  return new ChaosUsageError("cannot_move_clock", `Here no Worker's clock can be moved: ${why}. Give --clocks 0.`, cause);
}
