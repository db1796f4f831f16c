import type { Browser } from "playwright-core";
import type { MeasuredTest, SampleKey } from "../rounds/measured-test.ts";
import { allArms, sseArms, ssePeers, wsArms, wsPeers } from "./client-arms.ts";
import { measureSize, sizeArms, sizePeers } from "./bundle-size.ts";
import { startCannedServer, type Canned } from "./canned-server.ts";
import type { Figures, Job } from "./job.ts";
import type { ReaderArm } from "./reader-arm.ts";
import { connectionFaults, type ConnectionFault } from "./reconnection/connection-faults.ts";
import { measureReconnection } from "./reconnection/measure-reconnection.ts";
import { reconnectingArms } from "./reconnection/reconnecting-arms.ts";
import { runJob } from "./run-job.ts";

export interface ClientBench {
  readonly events: number;
  readonly runs: number;
  readonly megabytes: number;
  /** Where CPU profiles go; none are made if `undefined`. */
  readonly profileTo: string | undefined;
  /** Chromium, started when it is first asked for. */
  browser(): Promise<Browser>;
}

export interface ClientMeasured {
  readonly figures: Figures;
}

export type ClientSample = SampleKey & ClientMeasured;

export interface ClientTest extends MeasuredTest<ClientBench, ClientMeasured> {
  /** Whose figures the others are divided by. */
  readonly peers: readonly string[];
}

/** No process may take longer. */
const JOB_WITHIN_MS = 600_000;
const EVENTS_PER_RUN = 3;
/** Of the events that a slow reader is sent, in characters. */
const SLOW_EVENT_CHARACTERS = 10_000;
const MB = 1e6;

function clientTest<Arm extends { readonly id: string; readonly label: string }>(
  test: Omit<ClientTest, "arms"> & { readonly arms: readonly Arm[] },
  measure: (bench: ClientBench, arm: Arm) => Promise<Figures>,
): ClientTest {
  const arms = test.arms.map((arm) => ({
    id: arm.id,
    label: arm.label,
    measure: async (bench: ClientBench) => ({ figures: await measure(bench, arm) }),
  }));
  return { ...test, arms };
}

/** A job whose client reads from a server in this process, which has nothing else to do meanwhile. */
async function served(bench: ClientBench, canned: Canned, jobFor: (url: string) => Job): Promise<Figures> {
  const server = await startCannedServer(canned);
  try {
    return await runJob(jobFor(server.url.href), JOB_WITHIN_MS, bench.profileTo);
  } finally {
    await server.close();
  }
}

const perEvent = async (bench: ClientBench, figures: Promise<Figures>): Promise<Figures> => {
  const { cpuMs = Number.NaN, wallMs = Number.NaN } = await figures;
  return { cpuUs: (cpuMs * 1000) / bench.events, wallUs: (wallMs * 1000) / bench.events };
};

function idsOf(peers: readonly { readonly id: string }[]): readonly string[] {
  return peers.map(({ id }) => id);
}

/** How a million events come to an SSE client: as from a fast socket, or each by itself, as live tokens do. */
function eventsOverSse(id: string, title: string, from: { readonly bytes: number } | { readonly events: number }): ClientTest {
  return clientTest({ id, title, arms: sseArms, peers: idsOf(ssePeers) }, (bench, { id: arm }) =>
    perEvent(bench, runJob({ kind: "events", arm, events: bench.events, from }, JOB_WITHIN_MS, bench.profileTo)),
  );
}

function eventsOverWs(id: string, title: string, perFrame: number): ClientTest {
  return clientTest({ id, title, arms: wsArms, peers: idsOf(wsPeers) }, (bench, { id: arm }) =>
    perEvent(
      bench,
      served(bench, { events: bench.events, perFrame, padding: 0 }, (url) => ({
        kind: "events",
        arm,
        events: bench.events,
        from: { url },
      })),
    ),
  );
}

function reconnection(fault: ConnectionFault): ClientTest {
  const { id, title, together = false } = fault;
  return clientTest({ id, title, together, arms: reconnectingArms, peers: [] }, (bench, arm) =>
    measureReconnection(fault, arm, () => bench.browser()),
  );
}

/** Without the parser's second form, nor ours: what is parsed, and how a loop takes it, is not what is asked. */
const holdingArms: readonly ReaderArm[] = allArms.filter(({ id }) => id !== "parser+JSON" && !id.endsWith("-batches"));

export const clientTests: readonly ClientTest[] = [
  eventsOverSse("events-sse", "CPU of small events over SSE, in chunks of 64 KiB", { bytes: 65_536 }),
  eventsOverSse("events-sse-single", "CPU of small events over SSE, each in a chunk of its own", { events: 1 }),
  eventsOverWs("events-ws", "CPU of small events over WebSocket, 20 in a frame", 20),
  eventsOverWs("events-ws-single", "CPU of small events over WebSocket, each in a frame of its own", 1),
  ...connectionFaults.map(reconnection),
  clientTest(
    { id: "memory", title: "runs opened and closed one after another: what is kept", arms: holdingArms, peers: [] },
    (bench, { id: arm }) =>
      served(bench, { events: EVENTS_PER_RUN, perFrame: 1, padding: 0 }, (url) => ({
        kind: "memory",
        arm,
        url,
        runs: bench.runs,
        eventsPerRun: EVENTS_PER_RUN,
      })),
  ),
  clientTest(
    { id: "slow-reader", title: "an application that takes an event of 10 kB each millisecond", arms: holdingArms, peers: [] },
    async (bench, { id: arm }) => {
      const events = Math.ceil((bench.megabytes * MB) / SLOW_EVENT_CHARACTERS);
      const canned = { events, perFrame: 1, padding: SLOW_EVENT_CHARACTERS };
      const figures = await served(bench, canned, (url) => ({ kind: "slow-reader", arm, url, events }));
      return { ...figures, sentBytes: events * SLOW_EVENT_CHARACTERS };
    },
  ),
  clientTest({ id: "size", title: "size of all that is imported", once: true, arms: sizeArms, peers: idsOf(sizePeers) }, (_bench, arm) =>
    measureSize(arm),
  ),
];
