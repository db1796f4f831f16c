import { readdir, readFile } from "node:fs/promises";
import { cpuMs } from "../agents/cpu.ts";

/**
 * CPU time of processes so far, user and system, in µs; NaN where the system has no /proc.
 *
 * The scheduler's own count, which is in nanoseconds where `/proc/<pid>/stat` has ticks of 10 ms. It is summed over the threads that there are now:
 * what a thread used that has ended is not in it, so take differences over spans in which none ends.
 */
export async function cpuMicros(pids: readonly number[]): Promise<number> {
  if (pids.length === 0) return Number.NaN;
  const each = await Promise.all(pids.map(ofProcess));
  const sum = each.reduce((total, one) => total + one, 0);
  // A kernel without scheduler statistics has the ticks all the same.
  return Number.isNaN(sum) ? (await cpuMs(pids)) * 1_000 : sum;
}

async function ofProcess(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  if (threads.length === 0) return Number.NaN;
  const each = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch((error: unknown) => {
        // A thread that has ended meanwhile, or a kernel without schedstat.
        if (error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "ENOENT")) return "";
        throw error;
      });
      return parseSchedstat(text);
    }),
  );
  return each.reduce((total, one) => total + one, 0);
}

/** Time on a CPU of a `/proc/<pid>/task/<tid>/schedstat`, in µs; NaN where it has none. */
export function parseSchedstat(text: string): number {
  const nanoseconds = /^(\d+) /.exec(text)?.[1];
  return nanoseconds === undefined ? Number.NaN : Number(nanoseconds) / 1_000;
}
