import type { ClientOptions, Run, TransportClient } from "@agent-transports/client-core";
import { startProxy, type FaultProxy } from "@agent-transports/lab/proxy";
import { startWorker, type WorkerHost } from "@agent-transports/lab/worker-host";
import { createSseClient } from "@agent-transports/sse-client";
import { createSseClient as createSmallSseClient } from "@agent-transports/sse-client/core";
import { createWsClient } from "@agent-transports/ws-client";
import { createWsClient as createSmallWsClient } from "@agent-transports/ws-client/core";
import { afterAll, beforeAll, describe, expect, it as test, vi } from "vitest";

/**
 * Large data that goes up a slow line, PROTOCOL.md §6, with a tenth of the default times: what is 64 KiB here is 1 MiB there, nearly. The agent's least period
 * is a second, so it closes a socket after two.
 */
const options: Omit<ClientOptions, "url"> = { connectTimeoutMs: 1_000, heartbeatMs: 334, retry: { baseMs: 20, capMs: 50 } };
const KIB = 1_024;
/** Just above what is expected of any line at first, and half of it: a busy machine is late by a third of the second try, and it is still in time. */
const [KBITS_160, KBITS_80] = [20_000, 10_000];

let host: WorkerHost;
beforeAll(async () => {
  // One token at once, and then nothing: a model that thinks.
  host = await startWorker({ vars: { SCRIPTED_TOKENS_PER_SECOND: "0.01" } });
}, 60_000);
afterAll(() => host.dispose());

/** A line of the test's own. */
const it = test.extend<{ line: FaultProxy; given: ClientOptions }>({
  // oxlint-disable-next-line no-empty-pattern -- Vitest reads the pattern.
  line: async ({}, use) => {
    const line = await startProxy(host.url);
    // Packets: what is at the front of a write comes before the end of it.
    line.setSlice(1_400);
    await use(line);
    await line.close();
  },
  given: ({ line }, use) => use({ ...options, url: line.url, name: crypto.randomUUID() }),
});

const kibUp = ({ connections }: FaultProxy): number => connections.reduce((sum, { bytesUp }) => sum + bytesUp, 0) / KIB;

/** A run that is read, and in which nothing more comes. */
async function thinking(client: TransportClient): Promise<Run> {
  const run = client.start({ prompt: "Think for long." });
  const read = (async () => {
    for await (const _ of run);
  })();
  read.catch(() => undefined); // It ends with its client.
  await run.started;
  return run;
}

describe.each([
  ["SSE", createSseClient, createSmallSseClient],
  ["WebSocket", createWsClient, createSmallWsClient],
] as const)("up a slow line, over %s,", (_transport, create, createSmall) => {
  it.concurrent("an input that takes longer than a connection may, and longer than an agent waits, arrives once it was sent once", async ({
    line,
    given,
  }) => {
    using client = create(given);
    const run = await thinking(client);
    line.setBandwidth(KBITS_160, "up");
    const startedAt = performance.now();
    await run.send(new Uint8Array(64 * KIB));
    expect(performance.now() - startedAt).toBeGreaterThan(3_000);
    expect(kibUp(line)).toBeLessThan(90);
  });

  it.concurrent("an input arrives where the line is slower than expected, in twice the time", async ({ line, given }) => {
    using client = create(given);
    const run = await thinking(client);
    line.setBandwidth(KBITS_80, "up");
    await run.send(new Uint8Array(32 * KIB));
    expect(kibUp(line)).toBeLessThan(80);
  });

  it.concurrent("an input whose line breaks without a word is sent again over another connection", async ({ line, given }) => {
    using client = create(given);
    const run = await thinking(client);
    line.setBandwidth(KBITS_160, "up");
    const sent = run.send(new Uint8Array(32 * KIB));
    await vi.waitFor(() => expect(kibUp(line)).toBeGreaterThan(4), { timeout: 20_000, interval: 10 });
    line.halfOpen();
    line.setBandwidth(undefined);
    const brokenAt = performance.now();
    await sent;
    expect(performance.now() - brokenAt).toBeLessThan(30_000);
  });

  for (const [entry, make] of [
    ["the whole client", create],
    ["the small client", createSmall],
  ] as const) {
    it.concurrent(`a start of ${entry} that takes longer than a connection may arrives once it was sent once`, async ({ line, given }) => {
      line.setBandwidth(KBITS_160, "up");
      using client = make(given);
      const run = client.start({ prompt: "x".repeat(48 * KIB) });
      for await (const { data } of run) if (data.type === "text-delta") break;
      expect(kibUp(line)).toBeLessThan(70);
    });

    it.concurrent(`a start of ${entry} arrives where the line is slower than expected`, async ({ line, given }) => {
      line.setBandwidth(KBITS_80, "up");
      using client = make(given);
      const run = client.start({ prompt: "x".repeat(30 * KIB) });
      for await (const { data } of run) if (data.type === "text-delta") break;
      expect(kibUp(line)).toBeLessThan(70);
    });
  }
});
