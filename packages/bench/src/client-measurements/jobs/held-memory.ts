/** What JavaScript holds, buffers outside of its heap included, in bytes. */
export function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Rounds of collection: what finalizers and closing sockets let go of is collected in the next. */
const ROUNDS = 10;
const PAUSE_MS = 30;

/** @throws Error without --expose-gc */
export function collect(): void {
  if (globalThis.gc === undefined) throw new Error("This process was not started with --expose-gc.");
  globalThis.gc();
}

/** What is still held once everything had the time to be let go of. */
export async function settledBytes(): Promise<number> {
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    collect();
  }
  return heldBytes();
}
