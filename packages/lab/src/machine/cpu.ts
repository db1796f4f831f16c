import { readdir, readFile } from "node:fs/promises";

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
 * count, so it is for processes that keep theirs.
 *
 * @returns in ms; `undefined` where the system keeps no such account, or a process is gone
 */
export async function runTimeMs(pids: readonly number[]): Promise<number | undefined> {
  let ns = 0;
  for (const pid of pids) {
    const tasks = await readdir(`/proc/${pid}/task`).catch(absent);
    if (tasks === undefined) return undefined;
    for (const task of tasks) {
      const account = await readFile(`/proc/${pid}/task/${task}/schedstat`, "utf8").catch(absent);
      // A thread may end between the listing and the look.
      ns += Number(account?.split(" ")[0] ?? 0);
    }
  }
  return pids.length === 0 ? undefined : ns / 1e6;
}

/** ESRCH: the process ended while it was looked at. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ESRCH") return undefined;
  throw error;
}
