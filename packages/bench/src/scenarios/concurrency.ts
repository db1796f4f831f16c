import { addUp } from "@agent-transports/lab/integrity";
import { fromMachineTime, startReaders, type Reading } from "@agent-transports/lab/readers";
import { keptByLab, type LocalLab } from "../lab/lab.ts";
import type { Metric } from "../results/schema.ts";
import { slopeOf } from "../stats/slope.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { withoutProc } from "./parts/linux.ts";
import { openReaders, startLiveRuns, type LiveRuns } from "./parts/live-runs.ts";
import { levelsOf, measured, warmUp, type Levels, type Sides } from "./parts/memory-levels.ts";
import type { Groups, Measurement, Scenario } from "./parts/scenario.ts";
import { thinned } from "./parts/thinned.ts";

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
  /** Whether the Worker accepts the offer of permessage-deflate that Node's WebSocket makes. An event stream is as without: what compresses it stands before the Worker. */
  readonly compressed?: boolean;
}

/** Some 2,000 events a second over all streams, from 200 on. */
const loads: readonly (Load & { readonly groups: Groups })[] = [
  { streams: 1, tokensPerSecond: 50, tokens: 20, memory: false, groups: { quick: 0, standard: 5, full: 50 } },
  { streams: 50, tokensPerSecond: 25, tokens: 5, memory: false, groups: { quick: 0, standard: 5, full: 50 } },
  { streams: 200, tokensPerSecond: 10, tokens: 10, memory: true, groups: { quick: 0, standard: 5, full: 25 } },
  { streams: 200, tokensPerSecond: 10, tokens: 10, memory: true, compressed: true, groups: { quick: 0, standard: 3, full: 25 } },
  { streams: 1_000, tokensPerSecond: 2, tokens: 6, memory: true, groups: { quick: 0, standard: 5, full: 25 } },
  { streams: 2_000, tokensPerSecond: 1, tokens: 5, memory: true, groups: { quick: 0, standard: 0, full: 25 } },
];

const perStream = { unit: "bytes", better: "lower", kind: "memory", quantiles: [0.5] } satisfies Partial<Metric>;

export const concurrency: Scenario = defineScenario({
  name: "concurrency",
  title: "Many concurrent streams",
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
      kind: "token",
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
  settings: loads.map(({ groups, ...load }) => ({
    id: `${load.streams}${load.compressed ? "-compressed" : ""}`,
    label: `${counted(load.streams, "stream")}, ${counted(load.tokensPerSecond, "token")}/s each${load.compressed ? ", WebSockets compressed" : ""}`,
    factors: { streams: load.streams, tokensPerSecond: load.tokensPerSecond, compressed: load.compressed ? "yes" : "no" },
    groups,
    value: load,
    missing: () => (load.memory ? withoutProc("memory is read from") : null),
  })),
  blockLimitMs: 180_000,
  notRemote:
    "The memory of a deployment cannot be seen from here, and a thousand streams are not what anyone's deployment should be asked for unasked.",
  measure: (lab, arm, load) => (load.memory ? freshBlock(lab, arm, load) : sharedBlock(lab, arm, load)),
});

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : `${noun}s`}`;
}

const readersOf = keptByLab(startReaders);

async function sharedBlock(lab: LocalLab, arm: OurArm, load: Load): Promise<Measurement> {
  const readers = await readersOf(lab);
  try {
    return await measure(lab, arm, load, { host: lab.host, readers });
  } finally {
    await readers.forget();
  }
}

async function freshBlock(lab: LocalLab, arm: OurArm, load: Load): Promise<Measurement> {
  const host = await lab.startWorker({ inspect: true, ...(load.compressed && { vars: { COMPRESS_WEBSOCKETS: "on" } }) });
  const readers = await startReaders();
  try {
    await warmUp(lab, arm, { host, readers });
    return await measure(lab, arm, load, { host, readers });
  } finally {
    await readers.close();
    await host.dispose();
  }
}

async function measure(
  lab: LocalLab,
  { transport }: OurArm,
  { streams, tokens, tokensPerSecond, memory }: Load,
  { host, readers }: Sides,
): Promise<Measurement> {
  const live = await startLiveRuns(lab, { url: host.url, count: Math.ceil(streams / READERS_PER_RUN), tokens, tokensPerSecond });
  const to = { transport, url: host.url, tokens } as const;
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

function slopes(levels: readonly Levels[]): Record<string, number[]> {
  if (levels.length === 0) return {};
  return Object.fromEntries(measured.map((name) => [name, [slopeOf(levels.map(({ streams, of }) => ({ x: streams, y: of[name] })))]]));
}

/** Each level, so that a line can be drawn through them: `heap@50` and so on. */
function valuesOf(levels: readonly Levels[]): Record<string, number> {
  return Object.fromEntries(levels.flatMap(({ streams, of }) => measured.map((name) => [`${name}@${streams}`, of[name]])));
}

/** Of each token of each reader, in ms. */
function latencies({ provider }: LocalLab, live: LiveRuns, readings: readonly Reading[]): number[] {
  const sentAt = new Map(live.runs.map(({ run, reply }) => [run, provider.sent(reply)?.sentAt ?? []]));
  return readings.flatMap(({ run, tokenAt }) => tokenAt.map((at, token) => fromMachineTime(at) - (sentAt.get(run)?.[token] ?? Number.NaN)));
}
