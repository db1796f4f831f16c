import type { Metric, MetricKind } from "./schema.ts";

interface Kind {
  readonly kind: MetricKind;
  readonly perAnswer: number;
}

function kind(kindOfMetric: MetricKind, perAnswer = 1): Kind {
  return { kind: kindOfMetric, perAnswer };
}

/** An answer of 1,000 tokens has about so many thousands of bytes of text. */
const THOUSANDS_OF_BYTES = 4.5;

/** The kinds of the metrics in files from before 2026-11-29, by scenario and metric. Files since then have them beside each metric. */
const kinds: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  connect: { start: kind("wait"), resume: kind("wait"), bytesUp: kind("traffic"), bytesDown: kind("traffic") },
  "first-token": { firstToken: kind("wait") },
  "token-latency": { latency: kind("token"), firstToken: kind("wait"), gap: kind("token") },
  throughput: {
    workerdCpu: kind("cpu", 1_000),
    clientCpu: kind("cpu", 1_000),
    rate: kind("whole"),
    bytesDown: kind("traffic", 1_000),
    bytesUp: kind("traffic", 1_000),
  },
  uplink: { roundTrip: kind("voice"), bytes: kind("traffic") },
  distance: {
    time: kind("wait"),
    next1: kind("wait"),
    next2: kind("wait"),
    next3: kind("wait"),
    next4: kind("wait"),
    roundTrips: kind("roundTrips"),
  },
  stalls: { gap: kind("token"), lag: kind("token"), stalled100: kind("stall"), stalled250: kind("stall"), stalled1000: kind("stall") },
  nat: { late: kind("wait"), reconnects: kind("requests") },
  outage: { recovery: kind("wait"), gap: kind("wait"), reconnects: kind("requests") },
  reconnect: { recovery: kind("wait"), open: kind("wait"), notice: kind("wait"), replayed: kind("rowsRead") },
  "reconnect-browser": { gap: kind("wait"), back: kind("fault"), lost: kind("fault") },
  "reconnect-cost": {
    coldUp: kind("traffic"),
    coldDown: kind("traffic"),
    warmUp: kind("traffic"),
    warmDown: kind("traffic"),
    cold: kind("wait"),
    warm: kind("wait"),
  },
  herd: { back: kind("wait"), all: kind("wait"), attempts: kind("requests"), peak: kind("requests") },
  concurrency: {
    latency: kind("token"),
    workerd: kind("memory"),
    heap: kind("memory"),
    client: kind("memory"),
    clientHeap: kind("memory"),
    kernel: kind("memory"),
  },
  multiplex: {
    slowest: kind("wait"),
    waited: kind("fault"),
    firstEvent: kind("wait"),
    latency: kind("token"),
    bytes: kind("traffic"),
    connections: kind("requests"),
  },
  "tool-loop": {
    chain: kind("whole"),
    turn: kind("wait"),
    toModel: kind("wait"),
    early: kind("wait"),
    late: kind("wait"),
    bytesUp: kind("traffic"),
  },
  proxy: { burst: kind("burst"), distortion: kind("token"), latency: kind("token") },
  buffering: { firstEvent: kind("wait"), lastEvent: kind("wait") },
  idle: { connections: kind("requests"), afterSilence: kind("token"), bytesUp: kind("traffic"), bytesDown: kind("traffic") },
  "long-run": {
    connections: kind("requests"),
    first: kind("token"),
    middle: kind("token"),
    last: kind("token"),
    drift: kind("whole"),
    afterSilence: kind("token"),
    workerdBefore: kind("memory"),
    workerdAfter: kind("memory"),
    heapBefore: kind("memory"),
    heapAfter: kind("memory"),
    clientBefore: kind("memory"),
    clientAfter: kind("memory"),
  },
  "half-open": { notice: kind("heartbeats"), open: kind("wait") },
  compression: { wire: kind("traffic", THOUSANDS_OF_BYTES), serverCpu: kind("cpu"), clientCpu: kind("cpu") },
  binary: {
    thereAndBack: kind("voice"),
    accepted: kind("voice"),
    down: kind("traffic", THOUSANDS_OF_BYTES),
    up: kind("traffic", THOUSANDS_OF_BYTES),
  },
};

export function olderKind(scenario: string, { id }: Pick<Metric, "id">): Kind | null {
  return kinds[scenario]?.[id] ?? null;
}
