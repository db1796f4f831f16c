import { WebSocket } from "ws";
import { z } from "zod";

const usageSchema = z.object({ usedSize: z.number(), backingStorageSize: z.number(), embedderHeapUsedSize: z.number() });

/** V8's heap of a Worker's isolate, through workerd's inspector. */
export interface HeapInspector {
  /**
   * Collects garbage, then counts: bytes of live objects on V8's heap, and of what they hold outside it.
   *
   * @param poke makes the isolate run, as a request does: workerd collects when it next has work
   */
  liveBytes(poke: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

const ANSWER_LIMIT_MS = 10_000;

/** @param url of `WorkerHost.inspector` */
export async function inspectHeap(url: URL): Promise<HeapInspector> {
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => undefined); // Its "close" follows, and calls that wait for an answer run into their limit.
  let ids = 0;
  const waiting = new Map<number, (answer: { readonly result?: unknown; readonly error?: unknown }) => void>();
  socket.on("message", (data: Buffer) => {
    const answer: { id?: number; result?: unknown; error?: unknown } = JSON.parse(data.toString());
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  const call = async (method: string): Promise<unknown> => {
    const id = (ids += 1);
    let limit: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise((resolve, reject) => {
        limit = setTimeout(() => reject(new Error(`workerd's inspector did not answer ${method}.`)), ANSWER_LIMIT_MS);
        waiting.set(id, ({ result, error }) => (error === undefined ? resolve(result) : reject(new Error(JSON.stringify(error)))));
        socket.send(JSON.stringify({ id, method }));
      });
    } finally {
      clearTimeout(limit);
      waiting.delete(id);
    }
  };
  await call("HeapProfiler.enable");
  return {
    async liveBytes(poke) {
      const collected = call("HeapProfiler.collectGarbage").then(() => true);
      while (!(await Promise.race([collected, poke().then(() => false)])));
      return usedBytes(await call("Runtime.getHeapUsage"));
    },
    close: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.close();
      }),
  };
}

/** Of an answer to `Runtime.getHeapUsage`. @throws ZodError where it is none */
export function usedBytes(usage: unknown): number {
  const { usedSize, backingStorageSize, embedderHeapUsedSize } = usageSchema.parse(usage);
  return usedSize + backingStorageSize + embedderHeapUsedSize;
}
