import { readFile } from "node:fs/promises";

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
