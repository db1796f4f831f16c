import { residentBytes, runTimeMs } from "@agent-transports/lab/machine";
import { startNginx } from "@agent-transports/lab/nginx";
import { replyMarker, tokenIndices, tokenText, type ScriptedProvider } from "@agent-transports/lab/provider";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import type { MeasuredTest, SampleKey } from "../rounds/measured-test.ts";
import { openReader, type AnswerReader, type AnswerRead } from "./answer-reader.ts";
import { answerArms, memoryArms, type SocketArm } from "./socket-arms.ts";

/** What one measurement of one arm gave. */
export interface SocketMeasured {
  /** Of workerd's resident memory, for each client. */
  readonly memory?: {
    /** Connected, and nothing was said yet. */
    readonly idleBytes: number;
    /** It has read an answer and said something, and waits. */
    readonly usedBytes: number;
  };
  /** For one answer, as it is generated and from the log. */
  readonly answer?: Cost;
  readonly replay?: Cost;
}

interface Cost {
  /** Of workerd, and of nginx where there is one. */
  readonly cpuMs: number;
  /** Down to the client. */
  readonly bytes: number;
}

export type SocketSample = SampleKey & SocketMeasured;

export interface SocketBench {
  readonly provider: ScriptedProvider;
  readonly random: () => number;
  /** How many clients memory is measured of. */
  readonly clients: number;
}

const TOKENS = 250;
const PER_SECOND = 50;
/** At once: few enough for the isolate to pass on token by token. */
const ANSWERS = 4;
/** Of each answer. */
const REPLAYS = 25;
/** Clients before the first figure. They do as much together as is measured then: what an isolate and its heap take once is no client's. */
const WARM_UP = 20;

export const socketTests: readonly MeasuredTest<SocketBench, SocketMeasured>[] = [
  {
    id: "memory",
    title: "workerd's memory for each client",
    arms: memoryArms.map((arm) => ({ id: arm.id, label: arm.label, measure: (bench) => memoryOf(bench, arm) })),
  },
  {
    id: "answer",
    title: `an answer of ${TOKENS} tokens at ${PER_SECOND}/s, and its replay`,
    arms: answerArms.map((arm) => ({ id: arm.id, label: arm.label, measure: (bench) => answersOf(bench, arm) })),
  },
  {
    id: "answer-event",
    title: "the same with DURABILITY=event: each token is a frame of its own",
    arms: answerArms.map((arm) => ({ id: arm.id, label: arm.label, measure: (bench) => answersOf(bench, arm, "event") })),
  },
];

/** A Worker of its own for each measurement: what one arm leaves behind is not the next one's. */
function start({ provider }: SocketBench, { compress }: SocketArm, durability?: "event"): Promise<WorkerHost> {
  return startWorker({
    vars: {
      OPENAI_API_KEY: "scripted",
      OPENAI_BASE_URL: provider.baseUrl,
      OPENAI_API: "chat",
      COMPRESS_WEBSOCKETS: compress,
      ...(durability && { DURABILITY: durability }),
      LIMITS: JSON.stringify({ sockets: 100_000, readersPerRun: 100_000 }),
    },
  });
}

async function memoryOf(bench: SocketBench, arm: SocketArm): Promise<SocketMeasured> {
  const host = await start(bench, arm);
  const readers: AnswerReader[] = [];
  try {
    const base = agentUrl(host.url, "memory");
    const { run } = await withReply(bench, PER_SECOND * 100, async (prompt) => {
      using first = await openReader(arm, base);
      return await first.ask(prompt); // Before it is disposed.
    });
    const use = async (reader: AnswerReader): Promise<void> => {
      checked(await reader.replay(run));
      await reader.exchange();
    };
    const open = async (count: number): Promise<void> => {
      for (let opened = 0; opened < count; opened++) readers.push(await openReader(arm, base));
    };
    await open(WARM_UP);
    for (let used = 0; used < bench.clients; used++) await use(readers[used % WARM_UP]!);
    const level = await residentBytes(host.pids);
    await open(bench.clients);
    const idle = await residentBytes(host.pids);
    for (const reader of readers.slice(WARM_UP)) await use(reader);
    const used = await residentBytes(host.pids);
    return { memory: { idleBytes: (idle - level) / bench.clients, usedBytes: (used - level) / bench.clients } };
  } finally {
    for (const reader of readers) reader[Symbol.dispose]();
    await host.dispose();
  }
}

async function answersOf(bench: SocketBench, arm: SocketArm, durability?: "event"): Promise<SocketMeasured> {
  const host = await start(bench, arm, durability);
  const nginx = arm.nginx === undefined ? undefined : await startNginx(host.url, arm.nginx);
  const proxy = await startProxy(nginx?.url ?? host.url);
  const pids = [...host.pids, ...(nginx === undefined ? [] : [nginx.pid])];
  const readers: AnswerReader[] = [];
  try {
    for (let agent = 0; agent < ANSWERS; agent++) readers.push(await openReader(arm, agentUrl(proxy.url, `a${agent}`)));
    // Wakes each agent, and opens the connections that are not open yet.
    await Promise.all(readers.map((reader) => withReply(bench, 1_000, (prompt) => reader.ask(prompt))));
    const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
      const [cpuBefore, bytesBefore] = [await runTimeMs(pids), bytesDown(proxy)];
      await work();
      return { cpuMs: ((await runTimeMs(pids)) ?? Number.NaN) - (cpuBefore ?? Number.NaN), bytes: bytesDown(proxy) - bytesBefore };
    };
    const runs: string[] = [];
    const answers = await costOf(() =>
      Promise.all(
        readers.map(async (reader, index) => {
          // Over a second, so that their tokens are not all due at once.
          await new Promise((resolve) => setTimeout(resolve, (index * 1_000) / ANSWERS));
          runs[index] = (await withReply(bench, PER_SECOND, (prompt) => reader.ask(prompt))).run;
        }),
      ),
    );
    const replays: Cost[] = [];
    for (let again = 0; again < REPLAYS; again++) {
      for (const [agent, run] of runs.entries()) {
        // On a connection of its own: what a socket has compressed once costs it nothing the next time.
        using reader = await openReader(arm, agentUrl(proxy.url, `a${agent}`));
        await reader.exchange();
        replays.push(await costOf(async () => checked(await reader.replay(run))));
      }
    }
    return { answer: mean([answers], ANSWERS), replay: mean(replays, replays.length) };
  } finally {
    for (const reader of readers) reader[Symbol.dispose]();
    await proxy.close();
    await nginx?.close();
    await host.dispose();
  }
}

function mean(costs: readonly Cost[], count: number): Cost {
  const sum = (of: (cost: Cost) => number): number => costs.reduce((total, cost) => total + of(cost), 0);
  return { cpuMs: sum(({ cpuMs }) => cpuMs) / count, bytes: sum(({ bytes }) => bytes) / count };
}

function agentUrl(url: URL, agent: string): URL {
  return new URL(`/agents/transport-agent/${agent}`, url);
}

let replies = 0;

/** Asks for a reply of its own, which must come whole. */
async function withReply(
  { provider, random }: SocketBench,
  perSecond: number,
  ask: (prompt: string) => Promise<AnswerRead>,
): Promise<AnswerRead> {
  const id = `s${(replies += 1)}`;
  const indices = Array.from({ length: TOKENS }, (_, index) => index);
  provider.addReply(id, {
    tokens: indices.map((index) => tokenText(index, random)),
    dueMs: indices.map((index) => (index * 1_000) / perSecond),
  });
  const read = checked(await ask(replyMarker(id)));
  provider.removeReply(id);
  return read;
}

/** Every token, once and in order. @throws Error */
function checked(read: AnswerRead): AnswerRead {
  const indices = tokenIndices(read.text);
  if (indices.length !== TOKENS || indices.some((index, place) => index !== place))
    throw new Error(`${indices.length} of ${TOKENS} tokens came, or not in order.`);
  return read;
}

function bytesDown({ connections }: FaultProxy): number {
  return connections.reduce((sum, connection) => sum + connection.bytesDown, 0);
}
