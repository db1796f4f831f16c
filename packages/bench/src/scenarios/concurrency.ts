import { addUp } from "@agent-transports/lab/integrity";
import { inspectHeap, kernelBytes, residentBytes } from "@agent-transports/lab/machine";
import { fromMachineTime, startReaders, type Readers, type Reading } from "@agent-transports/lab/readers";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { keptByLab, transportOf, type Lab } from "../lab/lab.ts";
import { slopeOf } from "../stats/slope.ts";
import type { Condition, Metric } from "../results/schema.ts";
import { openReaders, startLiveRuns, type LiveRuns } from "./parts/live-runs.ts";
import { SSE_ARM, WS_ARM, type Measurement, type Scenario } from "./parts/scenario.ts";

/** Under what one agent allows of readers of a run. */
const READERS_PER_RUN = 50;
/** Where memory is looked at on the way to all streams. */
const STEPS = [0, 0.25, 0.5, 0.75, 1] as const;
/** Of latencies, evenly spread: a block of 2,000 streams would else be most of the file. */
const MOST_SAMPLES = 1_000;

interface Load {
  readonly streams: number;
  readonly tokensPerSecond: number;
  readonly tokens: number;
  /** A Worker and a process of readers of the block's own: what has once been taken from the kernel is not given back. */
  readonly memory: boolean;
}

/** Some 2,000 events a second over all streams, from 200 on. */
const loads: Readonly<Record<string, Load>> = {
  "1": { streams: 1, tokensPerSecond: 50, tokens: 20, memory: false },
  "50": { streams: 50, tokensPerSecond: 25, tokens: 5, memory: false },
  "200": { streams: 200, tokensPerSecond: 10, tokens: 10, memory: true },
  "1000": { streams: 1_000, tokensPerSecond: 2, tokens: 6, memory: true },
  "2000": { streams: 2_000, tokensPerSecond: 1, tokens: 5, memory: true },
};

const perStream: Pick<Metric, "unit" | "better" | "quantiles"> = { unit: "bytes", better: "lower", quantiles: [0.5] };

export const concurrency: Scenario = {
  name: "concurrency",
  title: "Many streams at once",
  question:
    "How much memory does one more open stream take, in the server, the client and the kernel, and how late do tokens get when there are many?",
  claims: [],
  method:
    "A process of its own opens streams, 50 to a live run, each over a connection of its own to the Worker, with no proxy between. From 200 on each block has a fresh Worker: at five numbers of streams, with the models silent, garbage is collected on both sides and memory is read; " +
    "its slope over the number of streams is what one more takes. Then the models speak. A token's latency is between two processes that read one clock of the machine.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "latency",
      label: "token latency",
      unit: "ms",
      better: "lower",
      quantiles: [0.5, 0.99],
      description: "From the provider's write of a token to its event in each application; of a block at most 1,000, evenly spread.",
    },
    {
      ...perStream,
      id: "workerd",
      label: "workerd's memory per stream",
      description: "Slope of workerd's resident memory (VmRSS) over the open streams.",
    },
    {
      ...perStream,
      id: "heap",
      label: "workerd's heap per stream",
      description: "Slope of what lives on V8's heap of the Worker, and of what it holds outside, over the open streams.",
    },
    {
      ...perStream,
      id: "client",
      label: "client's memory per stream",
      description: "Slope of the resident memory of the process that reads.",
    },
    {
      ...perStream,
      id: "clientHeap",
      label: "client's heap per stream",
      description: "Slope of what lives on the heap of the process that reads, and of what it holds outside.",
    },
    {
      ...perStream,
      id: "kernel",
      label: "kernel's memory per stream",
      description: "Slope of the machine's unreclaimable slabs and of TCP's buffers, for both ends of each connection.",
    },
  ],
  conditions: Object.entries(loads).map(([id, { streams, tokensPerSecond }]) => ({
    id,
    label: `${streams.toLocaleString("en-US")} ${streams === 1 ? "stream" : "streams"}, ${tokensPerSecond} ${tokensPerSecond === 1 ? "token" : "tokens"}/s each`,
    factors: { streams, tokensPerSecond },
  })),
  groups: { quick: 0, standard: 5, full: 25 },
  groupsAt: ({ id }) => ({
    quick: 0,
    standard: id === "2000" ? 0 : loads[id]!.memory ? 5 : 15,
    full: loads[id]!.memory ? 25 : 50,
  }),
  blockLimitMs: 180_000,
  missing: ({ id }) => (loads[id]!.memory && process.platform !== "linux" ? "memory is read from /proc, which this system has not." : null),
  notRemote:
    "The memory of a deployment cannot be seen from here, and a thousand streams are not what anyone's deployment should be asked for unasked.",
  runBlock: (lab, arm, condition) => (loads[condition.id]!.memory ? freshBlock(lab, arm, condition) : sharedBlock(lab, arm, condition)),
};

const readersOf = keptByLab(startReaders);

async function sharedBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const readers = await readersOf(lab);
  try {
    return await measure(lab, arm, condition, { host: lab.host!, readers });
  } finally {
    await readers.forget();
  }
}

async function freshBlock(lab: Lab, arm: string, condition: Condition): Promise<Measurement> {
  const host = await lab.startWorker({ inspect: true });
  const readers = await startReaders();
  try {
    await warmUp(lab, arm, { host, readers });
    return await measure(lab, arm, condition, { host, readers });
  } finally {
    await readers.close();
    await host.dispose();
  }
}

/** Fresh ones: what an allocator has once taken from the kernel is not given back. */
export interface Sides {
  readonly host: WorkerHost;
  readonly readers: Readers;
}

async function measure(lab: Lab, arm: string, { id }: Condition, { host, readers }: Sides): Promise<Measurement> {
  const { streams, tokens, tokensPerSecond, memory } = loads[id]!;
  const live = await startLiveRuns(lab, { url: host.url, count: Math.ceil(streams / READERS_PER_RUN), tokens, tokensPerSecond });
  const to = { transport: transportOf(arm), url: host.url, tokens } as const;
  try {
    const levels: Levels[] = [];
    let from = 0;
    for (const step of memory ? STEPS : [1]) {
      const total = Math.round(streams * step);
      await openReaders(readers, live, { ...to, from, total });
      from = total;
      if (memory) levels.push(await levelsOf({ host, readers }, total));
    }
    live.begin();
    await readers.ended();
    const readings = await readers.collect();
    return {
      samples: { latency: thinned(latencies(lab, live, readings), MOST_SAMPLES), ...slopes(levels) },
      values: { streams, ...valuesOf(levels) },
      integrity: addUp(readings.map(({ integrity }) => integrity)),
    };
  } finally {
    live.forget();
  }
}

/** A run with a few readers to its end: code and heap have their size before the first level is taken. */
export async function warmUp(lab: Lab, arm: string, { host, readers }: Sides): Promise<void> {
  const live = await startLiveRuns(lab, { url: host.url, count: 4, tokens: 50, tokensPerSecond: 500 });
  await openReaders(readers, live, { transport: transportOf(arm), url: host.url, from: 0, total: 20 });
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

const measured = ["workerd", "heap", "client", "clientHeap", "kernel"] as const;

export async function levelsOf({ host, readers }: Sides, streams: number): Promise<Levels> {
  const inspector = await inspectHeap(host.inspector!);
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

function slopes(levels: readonly Levels[]): Record<string, number[]> {
  if (levels.length === 0) return {};
  return Object.fromEntries(measured.map((name) => [name, [slopeOf(levels.map(({ streams, of }) => ({ x: streams, y: of[name] })))]]));
}

/** Each level, so that a line can be drawn through them: `heap@50` and so on. */
function valuesOf(levels: readonly Levels[]): Record<string, number> {
  return Object.fromEntries(levels.flatMap(({ streams, of }) => measured.map((name) => [`${name}@${streams}`, of[name]])));
}

/** Of each token of each reader, in ms. */
function latencies(lab: Lab, live: LiveRuns, readings: readonly Reading[]): number[] {
  const sentAt = new Map(live.runs.map(({ run, reply }) => [run, lab.provider!.sent(reply)?.sentAt ?? []]));
  return readings.flatMap(({ run, tokenAt }) => tokenAt.map((at, token) => fromMachineTime(at) - (sentAt.get(run)?.[token] ?? Number.NaN)));
}

/** At most so many, evenly spread over the order in which they are. */
export function thinned(samples: readonly number[], most: number): number[] {
  if (samples.length <= most) return [...samples];
  return Array.from({ length: most }, (_, index) => samples[Math.floor((index * samples.length) / most)] ?? Number.NaN);
}
