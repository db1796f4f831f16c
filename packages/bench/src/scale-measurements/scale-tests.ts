import { extname } from "node:path";
import { runTimeMs, residentBytes } from "@agent-transports/lab/machine";
import { addUp } from "@agent-transports/lab/integrity";
import { replyMarker, tokenText, type ScriptedProvider } from "@agent-transports/lab/provider";
import { fromMachineTime, startReaders, type Readers, type Reading } from "@agent-transports/lab/readers";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { peersWorker } from "@agent-transports/peers";
import type { MeasuredTest, SampleKey } from "../rounds/measured-test.ts";
import { quantile } from "../stats/index.ts";
import type { BareReaderOptions } from "./bare-reader.ts";

/** What one measurement of one arm gave. */
export interface ScaleMeasured {
  /** Readers of one answer, or agents with an answer and a reader each. */
  readonly count: number;
  /** By token and reader, from the provider's write of the token to its event in the reader. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  /** Of workerd, from the first token to the last reader's end. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Events that readers were given, all together. */
  readonly events: number;
  /** Lost, repeated or reordered, of all readers together. */
  readonly wrong: number;
  /** Of workerd's resident memory, for each reader or agent, with nothing said yet. */
  readonly memoryBytes: number;
  /** Share of one core that the process of readers was busy: near 1, the readers are what is measured. */
  readonly readersBusy: number;
  /** That the agents were billed for the answers; absent where it is not counted. */
  readonly rowsWritten?: number;
}

export type ScaleSample = SampleKey & ScaleMeasured;

export interface ScaleBench {
  readonly provider: ScriptedProvider;
  readonly random: () => number;
  /** How long an answer takes. */
  readonly seconds: number;
  /** Unique. */
  readonly id: () => string;
}

export interface ScaleArm {
  readonly id: string;
  readonly label: string;
  readonly transport: "sse" | "ws";
  readonly compressed: boolean;
}

/** How many read one answer. */
export const READERS = [50, 250, 1_000, 2_000, 3_500, 5_000] as const;
/** How many agents answer at once. */
export const AGENTS = [1, 10, 100, 1_000] as const;

/** Tokens a second of the one answer. */
const ONE_RATE = 20;
/** Of each of many: a thousand are five thousand tokens a second. */
const MANY_RATE = 5;
const WARM_UP_TOKENS = 10;
/** How many connections open at once. */
const OPENING = 100;
/** Before memory is first read: what an isolate and its heap take once is nobody's. */
const WARM_UP = 20;
/** Nothing waits for ever. */
const LIMIT_MS = 240_000;

const sse: ScaleArm = { id: "sse", label: "SSE", transport: "sse", compressed: false };
const ws: ScaleArm = { id: "ws", label: "WebSocket", transport: "ws", compressed: false };
const deflate: ScaleArm = { id: "ws-deflate", label: "WebSocket, permessage-deflate", transport: "ws", compressed: true };

export const readersArms: readonly ScaleArm[] = [sse, ws, deflate];
export const agentsArms: readonly ScaleArm[] = [sse, ws];

export const scaleTests: readonly MeasuredTest<ScaleBench, ScaleMeasured>[] = [
  ...READERS.map((count) => ({
    id: `readers-${count}`,
    title: `${count.toLocaleString("en-US")} readers of one answer at ${ONE_RATE} tokens/s`,
    arms: readersArms.map((arm) => ({ id: arm.id, label: arm.label, measure: (bench: ScaleBench) => readersOf(bench, arm, count) })),
  })),
  ...AGENTS.map((count) => ({
    id: `agents-${count}`,
    title: `${count.toLocaleString("en-US")} ${count === 1 ? "agent" : "agents"} with an answer at ${MANY_RATE} tokens/s and a reader each`,
    arms: agentsArms.map((arm) => ({ id: arm.id, label: arm.label, measure: (bench: ScaleBench) => agentsOf(bench, arm, count) })),
  })),
];

async function readersOf(bench: ScaleBench, arm: ScaleArm, count: number): Promise<ScaleMeasured> {
  const host = await startWorker({
    vars: {
      OPENAI_API_KEY: "scripted",
      OPENAI_BASE_URL: bench.provider.baseUrl,
      OPENAI_API: "chat",
      COMPRESS_WEBSOCKETS: arm.compressed ? "on" : "off",
      LIMITS: JSON.stringify({ sockets: 100_000, readersPerRun: 100_000 }),
    },
  });
  let readers: Readers | undefined;
  try {
    readers = await startReaders();
    const agent = new URL("/agents/transport-agent/scale", host.url).href;
    await answer(bench, {
      host,
      readers,
      arm,
      agents: Array.from({ length: WARM_UP }, () => agent),
      oneRun: true,
      perSecond: ONE_RATE,
      tokens: WARM_UP_TOKENS,
    });
    const agents = Array.from({ length: count }, () => agent);
    return await answer(bench, { host, readers, arm, agents, oneRun: true, perSecond: ONE_RATE, tokens: bench.seconds * ONE_RATE });
  } finally {
    await readers?.close();
    await host.dispose();
  }
}

function named(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

async function agentsOf(bench: ScaleBench, arm: ScaleArm, count: number): Promise<ScaleMeasured> {
  const host = await startWorker(peersWorker(bench.provider.baseUrl));
  let readers: Readers | undefined;
  try {
    readers = await startReaders();
    const urlOf = (name: string): string => new URL(`/agents/our-agent/${name}`, host.url).href;
    await answer(bench, {
      host,
      readers,
      arm,
      agents: named("w", WARM_UP).map(urlOf),
      oneRun: false,
      perSecond: MANY_RATE,
      tokens: WARM_UP_TOKENS,
    });
    const names = named("a", count);
    // An agent that exists, so that no measurement pays for its birth.
    const before = await residentBytes(host.pids);
    await inParts(names, (name) => rowsOf(host, name));
    const woken = await residentBytes(host.pids);
    const rowsBefore = sum(await inParts(names, (name) => rowsOf(host, name)));
    const measured = await answer(bench, {
      host,
      readers,
      arm,
      agents: names.map(urlOf),
      oneRun: false,
      perSecond: MANY_RATE,
      tokens: bench.seconds * MANY_RATE,
    });
    const rowsWritten = sum(await inParts(names, (name) => rowsOf(host, name))) - rowsBefore;
    return { ...measured, memoryBytes: (woken - before) / count, rowsWritten };
  } finally {
    await readers?.close();
    await host.dispose();
  }
}

interface Answers {
  readonly host: WorkerHost;
  readonly readers: Readers;
  readonly arm: ScaleArm;
  /** The URL of each reader's agent. */
  readonly agents: readonly string[];
  /** Whether all of them read one run; else each has its own. */
  readonly oneRun: boolean;
  readonly tokens: number;
  readonly perSecond: number;
}

/** Starts, opens all readers while the models are silent, lets them speak, and reads to the end. @throws Error where a reader failed */
async function answer(bench: ScaleBench, given: Answers): Promise<ScaleMeasured> {
  const { host, readers, arm, agents, oneRun, tokens, perSecond } = given;
  const begun = Promise.withResolvers<void>();
  const ids = (oneRun ? agents.slice(0, 1) : agents).map((_, index, all) => {
    const id = bench.id();
    const indices = Array.from({ length: tokens }, (_, token) => token);
    // Runs do not speak at the same moment: their tokens would be due together for as long as they last.
    const firstMs = (index * 1_000) / perSecond / all.length;
    bench.provider.addReply(id, {
      tokens: indices.map((token) => tokenText(token, bench.random)),
      dueMs: indices.map((token) => firstMs + (token * 1_000) / perSecond),
      begin: begun.promise,
    });
    return id;
  });
  try {
    const runs = await inParts(ids, (id, index) => startRun(agents[index]!, replyMarker(id)));
    const level = await residentBytes(host.pids);
    const module = new URL(`./bare-reader${extname(import.meta.url)}`, import.meta.url).href;
    await inParts(agents, (agent, index) => {
      const run = runs[oneRun ? 0 : index]!;
      const options: BareReaderOptions = { transport: arm.transport, agent, run, tokens, compressed: arm.compressed };
      return readers.open({ module, options });
    });
    const open = await residentBytes(host.pids);
    const [cpuBefore, readersBefore, startedAt] = [await cpuOf(host), await readers.cpuMicros(), performance.now()];
    begun.resolve();
    await within(LIMIT_MS, readers.ended(), "The readers");
    const wallMs = performance.now() - startedAt;
    const cpuMs = (await cpuOf(host)) - cpuBefore;
    const readersBusy = ((await readers.cpuMicros()) - readersBefore) / 1_000 / wallMs;
    const readings = await readers.collect();
    await readers.forget();
    const integrity = addUp(readings.map((reading) => reading.integrity));
    const ended = readings.filter(({ end }) => end === "finished").length;
    if (ended !== agents.length) throw new Error(`${agents.length - ended} of ${agents.length} readers saw no end of a finished run.`);
    const latency = latencies(bench, runs, ids, readings);
    return {
      count: agents.length,
      latencyMs: { p50: quantile(latency, 0.5), p99: quantile(latency, 0.99) },
      cpuMs,
      wallMs,
      events: integrity.received,
      wrong: integrity.lost + integrity.repeated + integrity.reordered,
      memoryBytes: (open - level) / agents.length,
      readersBusy,
    };
  } finally {
    begun.resolve();
    for (const id of ids) bench.provider.removeReply(id);
  }
}

function latencies({ provider }: ScaleBench, runs: readonly string[], ids: readonly string[], readings: readonly Reading[]): number[] {
  const sentAt = new Map(runs.map((run, index) => [run, provider.sent(ids[index]!)?.sentAt ?? []]));
  return readings.flatMap(({ run, tokenAt }) => tokenAt.map((at, token) => fromMachineTime(at) - (sentAt.get(run)?.[token] ?? Number.NaN)));
}

async function startRun(agent: string, prompt: string): Promise<string> {
  const response = await fetch(`${agent}/runs`, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: JSON.stringify({ prompt }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!response.ok) throw new Error(`The agent answered a start with ${response.status}: ${await response.text()}`);
  const { id }: { id: string } = await response.json();
  return id;
}

/** Rows that an agent of the peers' Worker was billed for since it was made. To ask it wakes it. */
async function rowsOf(host: WorkerHost, name: string): Promise<number> {
  const answer = await fetch(new URL(`/billed/our-agent/${name}`, host.url), { signal: AbortSignal.timeout(LIMIT_MS) });
  if (!answer.ok) throw new Error(`The rows of ${name} cannot be counted: it answered ${answer.status}.`);
  const { written }: { written: number } = await answer.json();
  return written;
}

async function cpuOf(host: WorkerHost): Promise<number> {
  return (await runTimeMs(host.pids)) ?? Number.NaN;
}

/** One part of them after the other, and those of a part together. */
async function inParts<Item, Result>(items: readonly Item[], work: (item: Item, index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += OPENING) {
    const part = items.slice(from, from + OPENING);
    results.push(...(await within(LIMIT_MS, Promise.all(part.map((item, index) => work(item, from + index))), "What was asked for")));
  }
  return results;
}

async function within<Result>(limitMs: number, promise: Promise<Result>, what: string): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${limitMs / 1_000} s.`)), limitMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
