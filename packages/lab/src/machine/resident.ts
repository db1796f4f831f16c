import { readFile } from "node:fs/promises";

/** Resident memory of processes together (VmRSS), in bytes; NaN where the system has no /proc, or one of them is gone. */
export async function residentBytes(pids: readonly number[]): Promise<number> {
  const statuses = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, "utf8").catch(() => "")));
  return pids.length === 0 ? Number.NaN : statuses.reduce((sum, status) => sum + parseResident(status), 0);
}

/** VmRSS of a `/proc/<pid>/status`, in bytes; NaN where it has none, as a process that has ended. */
export function parseResident(status: string): number {
  const kibibytes = /^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? Number.NaN : Number(kibibytes) * 1024;
}
