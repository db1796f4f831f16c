import { startRelay, type Relay } from "@agent-transports/conformance/control";
import type { Run, RunEvent } from "@agent-transports/client-core";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** The Worker itself, 80 ms round trip away. */
let host: WorkerHost;
let relay: Relay;
beforeAll(async () => {
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "50" } });
  relay = await startRelay(host.url, 40);
});
afterAll(async () => {
  await relay.close();
  await host.dispose();
});

/** What a run delivers, and how often its connection was lost. */
async function follow(run: Run, onEvent: (events: readonly RunEvent[]) => Promise<void> | void = () => undefined): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const losses: unknown[] = [];
  run.onStateChange(({ to, error }) => to === "waiting" && losses.push(error?.message));
  for await (const event of run) {
    events.push(event);
    await onEvent(events);
  }
  expect(losses).toEqual([]);
  return events;
}

describe.each([
  ["SSE", createSseClient],
  ["WebSocket", createWsClient],
] as const)("several readers of one run in one client over %s", (_transport, create) => {
  it("each get the whole run live, even with a slow one among them, and lose no connection", async () => {
    using client = create({ url: relay.url, name: `readers-${crypto.randomUUID()}` });
    const neighbour = follow(client.start({ prompt: "The neighbour." }));
    const tenth = Promise.withResolvers<RunEvent>();
    const started = client.start({ prompt: "Hello" });
    const first = follow(started, (events) => void (events.length === 10 && tenth.resolve(events[9]!)));
    const { id } = await tenth.promise;
    const run = await started.started;
    const [whole, again, late, slow, other] = await Promise.all([
      first,
      follow(client.resume(run)),
      follow(client.resume(run, { after: id })),
      follow(client.resume(run), () => new Promise((resolve) => setTimeout(resolve, 5))),
      neighbour,
    ]);
    expect(whole.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "finished" } });
    expect(again).toEqual(whole);
    expect(late).toEqual(whole.slice(10));
    expect(slow).toEqual(whole);
    expect(other.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "finished" } });
  }, 60_000);
});
