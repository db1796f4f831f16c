import { addUp } from "@agent-transports/lab/integrity";
import { cpuMicros } from "@agent-transports/lab/machine";
import { fromMachineTime, startReaders } from "@agent-transports/lab/readers";
import { keptByLab, type LocalLab } from "../lab/lab.ts";
import { throughputPeers, type Burst } from "../peer-blocks/throughput-peers.ts";
import type { Metric } from "../results/schema.ts";
import { SSE_ARM, WS_ARM, type OurArm } from "./parts/arms.ts";
import { defineScenario } from "./parts/define-scenario.ts";
import { withoutProc } from "./parts/linux.ts";
import { openReaders, startLiveRuns } from "./parts/live-runs.ts";
import type { Measurement, Scenario } from "./parts/scenario.ts";

/** Of all runs of a block together. */
const TOKENS = 4_000;
/** All tokens are due as the model begins. */
const AT_ONCE = Infinity;

const perToken = { better: "lower", perAnswer: 1_000, quantiles: [0.5] } satisfies Partial<Metric>;

export const throughput: Scenario = defineScenario({
  name: "throughput",
  title: "Maximum throughput",
  question:
    "Where an answer comes as fast as it can, how many tokens a second get through, and what does one cost the server and the client?",
  claims: [8],
  method:
    `A model says ${TOKENS.toLocaleString("en-US")} tokens at once, in one run or shared by eight; a process that only reads follows each run over a connection of its own, opened before. ` +
    "CPU is the scheduler's count of workerd's threads, and of the reading process, from the model's first word to the end of the last run. The agent joins tokens that come together into one event, on both sides.",
  arms: [SSE_ARM, WS_ARM],
  metrics: [
    {
      ...perToken,
      id: "workerdCpu",
      kind: "cpu",
      label: "CPU per token in workerd",
      unit: "µs of CPU",
      description: "User and system time of workerd's threads, over the tokens of the block.",
    },
    {
      ...perToken,
      id: "clientCpu",
      kind: "cpu",
      label: "CPU per token in the client",
      unit: "µs of CPU",
      description: "User and system time of a process that only reads, over the tokens of the block.",
    },
    {
      id: "rate",
      label: "tokens a second",
      unit: "per second",
      better: "higher",
      kind: "whole",
      quantiles: [0.5],
      description: "Tokens of the block, over the time from the model's begin to the last token in an application.",
    },
    {
      ...perToken,
      id: "bytesDown",
      kind: "traffic",
      label: "bytes down per token",
      unit: "bytes",
      description: "What the proxy carried towards the clients from the model's begin on, over the tokens.",
    },
    {
      ...perToken,
      id: "bytesUp",
      kind: "traffic",
      label: "bytes up per token",
      unit: "bytes",
      description: "What the proxy carried towards the agent in that time: acknowledgements, where a transport has them.",
    },
  ],
  settings: [
    { id: "1", label: "one run", value: 1 },
    { id: "8", label: "8 runs", value: 8 },
  ].map((setting) => ({
    ...setting,
    factors: { runs: setting.value },
    groups: { quick: 0, standard: 6, full: 100 },
    missing: () => withoutProc("CPU time is read from"),
  })),
  notRemote: "Neither the CPU of a deployment nor what the scripted model sends can be seen from here.",
  measure: measureRuns,
  peers: throughputPeers(TOKENS, measureBurst),
});

/** Kept, so that its just-in-time compiler is as warm as a server's clients are. */
const readersOf = keptByLab(startReaders);

/** @param count of runs, which share the tokens */
async function measureRuns(lab: LocalLab, arm: OurArm, count: number): Promise<Measurement> {
  const { host } = lab;
  const proxy = lab.proxy(arm.id);
  const readers = await readersOf(lab);
  const tokens = TOKENS / count;
  const live = await startLiveRuns(lab, { url: host.url, count, tokens, tokensPerSecond: AT_ONCE });
  try {
    await openReaders(readers, live, { transport: arm.transport, url: proxy.url, from: 0, total: count, tokens });
    return await measureBurst({ readers, endpoint: { proxy, host }, begin: () => live.begin() });
  } finally {
    live.forget();
    await readers.forget();
  }
}

/** From the model's first word to the end of the last run. */
async function measureBurst({ readers, endpoint, begin }: Burst): Promise<Measurement> {
  const carried = (): { up: number; down: number } => ({
    up: endpoint.proxy.connections.reduce((sum, { bytesUp }) => sum + bytesUp, 0),
    down: endpoint.proxy.connections.reduce((sum, { bytesDown }) => sum + bytesDown, 0),
  });
  const before = { bytes: carried(), workerd: await cpuMicros(endpoint.host.pids), client: await readers.cpuMicros() };
  const begunAt = begin();
  await readers.ended();
  const after = { bytes: carried(), workerd: await cpuMicros(endpoint.host.pids), client: await readers.cpuMicros() };
  const readings = await readers.collect();
  const lastAt = fromMachineTime(Math.max(...readings.map(({ tokenAt }) => tokenAt.at(-1) ?? Number.NaN)));
  return {
    samples: {
      workerdCpu: [(after.workerd - before.workerd) / TOKENS],
      clientCpu: [(after.client - before.client) / TOKENS],
      rate: [(TOKENS * 1000) / (lastAt - begunAt)],
      bytesDown: [(after.bytes.down - before.bytes.down) / TOKENS],
      bytesUp: [(after.bytes.up - before.bytes.up) / TOKENS],
    },
    values: { events: readings.reduce((sum, { eventAt }) => sum + eventAt.length, 0) },
    integrity: addUp(readings.map(({ integrity }) => integrity)),
  };
}
