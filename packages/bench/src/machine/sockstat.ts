import { readFile } from "node:fs/promises";

/** Linux's page, which the kernel counts the memory of its TCP buffers in. */
const PAGE_BYTES = 4_096;

/** The TCP sockets of this machine (of this network namespace), and the memory of their buffers in bytes; NaN where there is no /proc. */
export interface KernelSockets {
  readonly inUse: number;
  readonly bufferBytes: number;
}

export async function kernelSockets(): Promise<KernelSockets> {
  return parseSockstat(await readFile("/proc/net/sockstat", "utf8").catch(() => ""));
}

/** Of a `/proc/net/sockstat`. */
export function parseSockstat(text: string): KernelSockets {
  const [, inUse, pages] = /^TCP: inuse (\d+) .*\bmem (\d+)$/m.exec(text) ?? [];
  return { inUse: Number(inUse ?? Number.NaN), bufferBytes: Number(pages ?? Number.NaN) * PAGE_BYTES };
}
