import { HEARTBEAT_DEFAULT_MS } from "@agent-transports/protocol";
import { NGINX_DEFAULTS, startNginx, type Nginx, type NginxSettings } from "@agent-transports/lab/nginx";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { fromMachineTime, startReaders } from "@agent-transports/lab/readers";
import { withoutNginx } from "@agent-transports/lab/tools";
import type { ClientArm, LocalLab } from "../lab/lab.ts";
import type { Metric } from "../results/schema.ts";
import { quantile } from "../stats/index.ts";
import { SSE_ARM, WS_ARM } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { until } from "./parts/follow.ts";
import { withoutProc } from "./parts/linux.ts";
import { openReaders, startLiveRuns } from "./parts/live-runs.ts";
import { levelsOf, warmUp, type Levels } from "./parts/memory-levels.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";
import { thinned } from "./parts/thinned.ts";

/** Of a model that is read along with. */
const TOKENS_PER_SECOND = 20;
/** Longer than nginx waits by default, 60 s. */
const SILENCE_MS = 70_000;
/** So that no block's Worker starts while another's run streams: the first third would pay for it, and the last would not. */
const SETUP_MS = 16_000;
/** Of latencies in a third, evenly spread. */
const MOST_SAMPLES = 300;

/** One run. */
export interface LongRun {
  readonly minutes: number;
  /** What stands before the Worker; the client comes straight where it is `undefined`. */
  readonly nginx: NginxSettings | undefined;
  /** In the middle; 0 for none. */
  readonly silenceMs: number;
  /** From the block's beginning to the first token. */
  readonly setupMs: number;
}

const direct = { nginx: undefined, silenceMs: 0, setupMs: SETUP_MS } as const;
const behindNginx = { nginx: NGINX_DEFAULTS, silenceMs: SILENCE_MS, setupMs: SETUP_MS } as const;

const short = { groups: { quick: 0, standard: 3, full: 10 }, minutes: 2 };
const long = { groups: { quick: 0, standard: 0, full: 5 }, minutes: 20 };
const lengths = [
  { id: "direct", ...direct, ...short },
  { id: "nginx", ...behindNginx, ...short },
  { id: "direct-20", ...direct, ...long },
  { id: "nginx-20", ...behindNginx, ...long },
];

const perToken = { unit: "ms", better: "lower", kind: "token", quantiles: [0.5, 0.99] } satisfies Partial<Metric>;
const bytes = { unit: "bytes", better: "lower", kind: "memory", quantiles: [0.5] } satisfies Partial<Metric>;

export const longRun: Scenario = defineScenario({
  name: "long-run",
  title: "Answers that take minutes",
  question:
    "A run streams for minutes: does its connection live to the end, and do tokens come as soon in the last minute as in the first?",
  claims: [3, 5],
  method:
    `Runs of minutes at ${TOKENS_PER_SECOND} tokens/s, each with a Worker and a reading process of its own, straight or behind an nginx with its defaults, which cuts what says nothing for 60 s: there the model is silent for 70 s in the middle, and the clients' own heartbeat of ${HEARTBEAT_DEFAULT_MS / 1000} s keeps the way open. ` +
    "Counted are the connections of a run, by the fault proxy before it; latencies stand apart by thirds of the tokens. Memory is read after a forced collection, with the run open before its first token, and when it has ended.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      id: "connections",
      label: "connections of a run",
      unit: "count",
      better: "lower",
      kind: "requests",
      quantiles: [0.5, 0.9],
      description:
        "All that the run's client opened: 1 where the run survived without a reconnection. The p90 of 10 runs is above 1 where any did not.",
    },
    {
      ...perToken,
      id: "first",
      label: "token latency, first third",
      description: "From the provider's write of a token to its event in the application.",
    },
    { ...perToken, id: "middle", label: "token latency, middle third", description: "The same, of the middle third of the tokens." },
    { ...perToken, id: "last", label: "token latency, last third", description: "The same, of the last third." },
    {
      id: "drift",
      label: "last third over first third",
      unit: "count",
      better: "lower",
      kind: "whole",
      quantiles: [0.5],
      description: "Median latency of a run's last third over that of its first: 1 where nothing drifts.",
    },
    {
      id: "afterSilence",
      label: "first token after the silence",
      unit: "ms",
      better: "lower",
      kind: "token",
      quantiles: [0.5],
      description: "From the provider's write of it to its event in the application, where there is a silence.",
    },
    {
      ...bytes,
      id: "workerdBefore",
      label: "workerd's memory before",
      description: "Resident memory (VmRSS) of the run's own workerd, before its first token.",
    },
    { ...bytes, id: "workerdAfter", label: "workerd's memory after", description: "The same when the run has ended." },
    {
      ...bytes,
      id: "heapBefore",
      label: "workerd's heap before",
      description: "What lives on V8's heap of the Worker, and what it holds outside, before the first token.",
    },
    { ...bytes, id: "heapAfter", label: "workerd's heap after", description: "The same when the run has ended." },
    {
      ...bytes,
      id: "clientBefore",
      label: "client's heap before",
      description: "What lives on the heap of the reading process, and what it holds outside, before the first token.",
    },
    {
      ...bytes,
      id: "clientAfter",
      label: "client's heap after",
      description: "The same when the run has ended; the process keeps every event, to check them.",
    },
  ],
  settings: lengths.map(({ id, groups, ...run }) => ({
    id,
    label:
      run.nginx === undefined
        ? `${run.minutes} minutes, no nginx`
        : `${run.minutes} minutes behind nginx, with a silence of ${SILENCE_MS / 1000} s`,
    factors: { length: `${run.minutes} minutes`, way: run.nginx === undefined ? "direct" : "nginx" },
    groups,
    value: run,
    missing: () => withoutProc("memory is read from") ?? (run.nginx === undefined ? null : withoutNginx()),
    // All of --standard: two settings with three groups of four.
    blocksAtOnce: 24,
  })),
  notRemote: "Tokens are stamped by the scripted provider, and the memory of a deployment cannot be seen from here.",
  blockLimitMs: 25 * 60_000,
  measure: followLongRun,
});

export async function followLongRun(
  lab: LocalLab,
  arm: ClientArm,
  { minutes, nginx: settings, silenceMs, setupMs }: LongRun,
): Promise<Measurement> {
  const beganAt = performance.now();
  const tokens = Math.round(((minutes * 60_000 - silenceMs) / 1000) * TOKENS_PER_SECOND);
  const sides = { host: await lab.startWorker({ inspect: true }), readers: await startReaders() };
  let nginx: Nginx | undefined;
  let proxy: FaultProxy | undefined;
  try {
    const { host, readers } = sides;
    await warmUp(lab, arm, sides);
    nginx = settings === undefined ? undefined : await startNginx(host.url, settings);
    proxy = await startProxy(nginx?.url ?? host.url);
    const live = await startLiveRuns(lab, { url: host.url, count: 1, tokens, tokensPerSecond: TOKENS_PER_SECOND, silenceMs });
    await openReaders(readers, live, { transport: arm.transport, url: proxy.url, from: 0, total: 1, tokens });
    const before = await levelsOf(sides, 1);
    await until(beganAt + setupMs);
    live.begin();
    await readers.ended();
    const after = await levelsOf(sides, 1);
    const [reading] = await readers.collect();
    if (reading?.end !== "finished") throw new Error(`The run ended as ${reading?.end}.`);
    const sentAt = live.runs.flatMap(({ reply }) => lab.provider.sent(reply)?.sentAt ?? []);
    live.forget();
    const latencies = reading.tokenAt.map((at, token) => fromMachineTime(at) - (sentAt[token] ?? Number.NaN));
    return {
      samples: {
        connections: [proxy.connections.length],
        ...latencySamples(latencies, silenceMs > 0),
        ...memorySamples(before, after),
      },
      values: { survived: proxy.connections.length === 1 ? 1 : 0, tokens },
      integrity: reading.integrity,
    };
  } finally {
    await proxy?.close();
    await nginx?.close();
    await sides.readers.close();
    await sides.host.dispose();
  }
}

/** By thirds of the tokens, in ms. @param latencies by token; the model is silent in their middle, or not */
export function latencySamples(latencies: readonly number[], silent: boolean): Record<string, number[]> {
  const third = Math.floor(latencies.length / 3);
  const [first, middle, last] = [latencies.slice(0, third), latencies.slice(third, -third), latencies.slice(-third)] as const;
  return {
    first: thinned(first, MOST_SAMPLES),
    middle: thinned(middle, MOST_SAMPLES),
    last: thinned(last, MOST_SAMPLES),
    drift: [quantile(last, 0.5) / quantile(first, 0.5)],
    afterSilence: silent ? latencies.slice(Math.ceil(latencies.length / 2)).slice(0, 1) : [],
  };
}

function memorySamples({ of: before }: Levels, { of: after }: Levels): Record<string, number[]> {
  return {
    workerdBefore: [before.workerd],
    workerdAfter: [after.workerd],
    heapBefore: [before.heap],
    heapAfter: [after.heap],
    clientBefore: [before.clientHeap],
    clientAfter: [after.clientHeap],
  };
}
