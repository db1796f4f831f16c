import { inspectHeap, kernelBytes, residentBytes } from "@agent-transports/lab/machine";
import type { Readers } from "@agent-transports/lab/readers";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import type { ClientArm, LocalLab } from "../../lab/lab.ts";
import { openReaders, startLiveRuns } from "./live-runs.ts";

/** A Worker and a process of readers of a block's own: what an allocator has once taken from the kernel is not given back. */
export interface Sides {
  readonly host: WorkerHost;
  readonly readers: Readers;
}

/** A run with a few readers to its end: code and heap have their size before the first level is taken. */
export async function warmUp(lab: LocalLab, { transport }: ClientArm, { host, readers }: Sides): Promise<void> {
  const live = await startLiveRuns(lab, { url: host.url, count: 4, tokens: 50, tokensPerSecond: 500 });
  await openReaders(readers, live, { transport, url: host.url, from: 0, total: 20 });
  live.begin();
  await readers.ended();
  await readers.forget();
  live.forget();
}

/** Memory at a number of streams, in bytes. */
export interface Levels {
  readonly streams: number;
  readonly of: Readonly<Record<(typeof measured)[number], number>>;
}

export const measured = ["workerd", "heap", "client", "clientHeap", "kernel"] as const;

export async function levelsOf({ host, readers }: Sides, streams: number): Promise<Levels> {
  if (host.inspector === undefined) throw new Error("Start the Worker with its inspector.");
  const inspector = await inspectHeap(host.inspector);
  try {
    const poke = async (): Promise<void> => {
      await (await fetch(new URL("/agents/transport-agent/poke", host.url))).arrayBuffer();
    };
    const heap = await inspector.liveBytes(poke);
    const workerd = await residentBytes(host.pids);
    const client = await readers.memory();
    return { streams, of: { workerd, heap, client: client.residentBytes, clientHeap: client.liveBytes, kernel: await kernelBytes() } };
  } finally {
    await inspector.close();
  }
}
