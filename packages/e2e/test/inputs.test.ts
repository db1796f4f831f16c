import type { ClientOptions, Run, TransportClient } from "@agent-transports/client-core";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { parseEventId } from "@agent-transports/protocol";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Inputs into a live run of the Worker itself, 100 ms round trip away, over a line that breaks. */
const ROUND_TRIP_MS = 100;
const INPUTS = 200;
/** More than the agent takes at once. */
const SLOW_PER_SECOND = 50;

let fast: WorkerHost;
let slow: WorkerHost;
beforeAll(async () => {
  const start = (inputsPerSecond: number): Promise<WorkerHost> =>
    startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "1", LIMITS: JSON.stringify({ inputsPerSecond }) } });
  [fast, slow] = [await start(1_000), await start(SLOW_PER_SECOND)];
}, 60_000);
afterAll(async () => {
  await fast.dispose();
  await slow.dispose();
});

let requests = 0;
const counting: typeof fetch = (input, init) => {
  if (new Request(input).url.includes("/inputs")) requests += 1;
  return fetch(input, init);
};

const options: Omit<ClientOptions, "url"> = {
  name: "inputs",
  connectTimeoutMs: 1_500,
  heartbeatMs: 1_000,
  maxPendingInputs: 1_000,
  retry: { baseMs: 50, capMs: 200 },
};

async function away(host: WorkerHost): Promise<FaultProxy> {
  const proxy = await startProxy(host.url);
  proxy.setLatency({ upMs: ROUND_TRIP_MS / 2, downMs: ROUND_TRIP_MS / 2 });
  return proxy;
}

interface Sent {
  /** The numbers of the inputs, as the run's events had them, each with its event's id. */
  readonly read: readonly (readonly [id: string, n: unknown])[];
  /** The id that each input's promise gave, in the order of the calls. */
  readonly ids: readonly string[];
}

/** Sends so many a second, or fewer, into a run, reads it to its end, and does `before` before an input is sent. */
async function sendInto(client: TransportClient, perSecond: number, before: (n: number) => void = () => undefined): Promise<Sent> {
  const run: Run = client.start({ prompt: "Write on, please." });
  const read: [string, unknown][] = [];
  const reading = (async () => {
    for await (const { id, data } of run) if (data.type === "data-input") read.push([id, data.data]);
  })();
  await run.started;
  const sent: Promise<string>[] = [];
  for (let n = 0; n < INPUTS; n++) {
    // A machine that stood still does not catch up: there would be no time between one cut and the next.
    await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
    before(n);
    sent.push(run.send(n));
  }
  const ids = await Promise.all(sent);
  await run.cancel();
  await reading;
  return { read, ids };
}

function expectEachOnce({ read, ids }: Sent): void {
  expect(read).toEqual(ids.map((id, n) => [id, n]));
  const seqs = ids.map((id) => parseEventId(id)?.seq ?? 0);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
}

describe.each([
  ["SSE", (given: ClientOptions) => createSseClient({ ...given, fetch: counting })],
  ["WebSocket", createWsClient],
] as const)("200 inputs over %s", (_transport, create) => {
  it.each([20, 200])(
    "at %i a second are accepted once each, in order, though the line is cut in the middle of them",
    async (perSecond) => {
      const proxy = await away(fast);
      using client = create({ ...options, url: proxy.url });
      requests = 0;
      const cuts = new Map<number, () => void>([
        // An answer is on its way back, or a request is.
        [40, () => proxy.reset()],
        // The next connection breaks in the middle of what goes up.
        [41, () => proxy.cutAfter("up", 600)],
        [90, () => proxy.closeClean("down")],
        [91, () => proxy.cutAfter("down", 100)],
        [120, () => proxy.halfOpen()],
        [150, () => proxy.refuse(2)],
        [151, () => proxy.reset()],
        [185, () => proxy.reset()],
      ]);
      try {
        expectEachOnce(await sendInto(client, perSecond, (n) => cuts.get(n)?.()));
        expect(proxy.faults.filter(({ connections }) => connections > 0).length).toBeGreaterThan(2);
        // Where many come in a round trip, many share a request.
        expect(requests).toBeLessThan((perSecond * ROUND_TRIP_MS) / 1_000 > 10 ? INPUTS / 2 : Infinity);
      } finally {
        await proxy.close();
      }
    },
    60_000,
  );

  it("at 200 a second, of which the agent takes 50, are accepted once each and in order, as the agent takes them", async () => {
    const proxy = await away(slow);
    using client = create({ ...options, url: proxy.url });
    const startedAt = performance.now();
    try {
      expectEachOnce(await sendInto(client, 200));
      // The agent takes 100 at once, and the others at its rate.
      expect(performance.now() - startedAt).toBeGreaterThan(((INPUTS - 2 * SLOW_PER_SECOND) / SLOW_PER_SECOND) * 1_000);
    } finally {
      await proxy.close();
    }
  }, 60_000);
});
