import { readdir, readFile } from "node:fs/promises";
import { absent } from "./absent.ts";

/** A tick of /proc's clock, in ms: Linux's USER_HZ is 100 wherever Node runs. */
const TICK_MS = 10;

/** CPU time of processes so far, user and system, in ms; NaN where the system has no /proc. */
export async function cpuMs(pids: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    // The name may hold anything, spaces included; what follows its closing bracket is fields from the third on.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += stat === "" ? Number.NaN : Number(fields[11]) + Number(fields[12]);
  }
  return pids.length === 0 ? Number.NaN : ticks * TICK_MS;
}

/**
 * The same to the nanosecond, for spans of milliseconds: from the scheduler's account of each thread. Threads that have ended no longer
 * count, so take differences over spans in which none ends.
 *
 * @returns in ms; `undefined` where the system keeps no such account, or a process is gone
 */
export async function runTimeMs(pids: readonly number[]): Promise<number | undefined> {
  const each = await Promise.all(pids.map(ofProcess));
  const sum = each.reduce((total, one) => total + one, 0);
  return pids.length === 0 || Number.isNaN(sum) ? undefined : sum;
}

/** The same in µs. A kernel without the scheduler's account has the ticks of {@link cpuMs} all the same; NaN where it has neither. */
export async function cpuMicros(pids: readonly number[]): Promise<number> {
  return ((await runTimeMs(pids)) ?? (await cpuMs(pids))) * 1_000;
}

/** In ms; NaN where no thread has an account. */
async function ofProcess(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(absent);
  const accounts = await Promise.all(
    (threads ?? []).map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(absent)),
  );
  // A thread may end between the listing and the look.
  const there = accounts.filter((account) => account !== undefined);
  return there.length === 0 ? Number.NaN : there.reduce((total, account) => total + parseSchedstat(account), 0);
}

/** Time on a CPU of a `/proc/<pid>/task/<tid>/schedstat`, in ms; NaN where it has none. */
export function parseSchedstat(text: string): number {
  const nanoseconds = /^(\d+) /.exec(text)?.[1];
  return nanoseconds === undefined ? Number.NaN : Number(nanoseconds) / 1e6;
}
