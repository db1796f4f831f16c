import { readFile } from "node:fs/promises";

/** Linux's page, which the kernel counts the memory of its TCP buffers in. */
const PAGE_BYTES = 4_096;

/**
 * What the kernel holds for sockets and has not to give back, in bytes, of the whole machine: its slabs (a socket's own structures are there, and
 * those of everything else), and the buffers of TCP. NaN where the system has no /proc.
 */
export async function kernelBytes(): Promise<number> {
  return parseSlabs(await textOf("/proc/meminfo")) + parseTcpBuffers(await textOf("/proc/net/sockstat"));
}

/** Empty where there is no such file. */
function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

/** SUnreclaim of a `/proc/meminfo`, in bytes. */
export function parseSlabs(meminfo: string): number {
  return Number(/^SUnreclaim:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? Number.NaN) * 1_024;
}

/** The memory of TCP's buffers of a `/proc/net/sockstat`, in bytes. */
export function parseTcpBuffers(sockstat: string): number {
  return Number(/^TCP: .*\bmem (\d+)$/m.exec(sockstat)?.[1] ?? Number.NaN) * PAGE_BYTES;
}
