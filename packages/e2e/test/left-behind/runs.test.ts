/**
 * Whichever way a run or its client goes out, nothing of it stays: no listener on what outlives it (an application's signal, the page), and no timer.
 * Signals of the clients' own are not counted: each dies with its try.
 */
import { getEventListeners, once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Plan } from "@agent-transports/conformance";
import { createSseClient, type Run, type TransportClient } from "@agent-transports/sse-client";
import { createSseClient as createSmallSseClient } from "@agent-transports/sse-client/core";
import { createWsClient } from "@agent-transports/ws-client";
import { createWsClient as createSmallWsClient } from "@agent-transports/ws-client/core";
import { describe, expect, it } from "vitest";
import { application, behind, failure, held, nothingListens, quick, server, signals } from "./leavings.ts";

const PROMPT = { prompt: "Hello" } as const;

type Reading = AsyncIterable<{ readonly id: string }>;

async function readAll(run: Reading): Promise<void> {
  for await (const { id } of run) expect(id).toMatch(/^e\.\d$/);
}

async function readOne(run: Reading): Promise<void> {
  await run[Symbol.asyncIterator]().next();
}

/** What both kinds of client have. */
interface AnyRun extends Reading {
  readonly started: Promise<string>;
  close(): void;
}

interface AnyClient {
  start(input: typeof PROMPT, options: { readonly signal: AbortSignal }): AnyRun;
  resume(id: string, options: { readonly signal: AbortSignal }): AnyRun;
  close(): void;
}

interface Way {
  readonly title: string;
  readonly plan?: readonly Plan[];
  readonly go: (run: AnyRun, abort: AbortController, client: AnyClient) => Promise<void>;
}

const ways: readonly Way[] = [
  { title: "is read to its end", go: readAll },
  {
    title: "is read by hand up to its terminal event, and no further",
    async go(run) {
      const events = run[Symbol.asyncIterator]();
      for (let count = 0; count < 3; count += 1) expect((await events.next()).done).toBe(false);
    },
  },
  {
    title: "is left in its loop",
    plan: held,
    async go(run) {
      for await (const _ of run) break;
    },
  },
  {
    title: "is closed",
    plan: held,
    async go(run) {
      await readOne(run);
      run.close();
    },
  },
  {
    title: "is closed before it is answered",
    plan: [["hold"]],
    async go(run) {
      const failed = failure(run.started);
      await server.askedAt(0);
      run.close();
      await failed;
    },
  },
  {
    title: "is aborted",
    plan: held,
    async go(run, abort) {
      await readOne(run);
      abort.abort();
    },
  },
  {
    title: "is given up",
    plan: [[{ send: [1, 1] }, { cut: "reset" }], [{ refuse: 503 }], [{ refuse: 503 }]],
    async go(run) {
      expect(await failure(readAll(run))).toBe("retries_exhausted");
    },
  },
  {
    title: "is refused",
    plan: [[{ error: { code: "forbidden", message: "No." } }]],
    async go(run) {
      expect(await failure(readAll(run))).toBe("forbidden");
    },
  },
  {
    title: "is ended with its client",
    plan: held,
    async go(run, _abort, client) {
      await readOne(run);
      client.close();
    },
  },
  {
    title: "waits for its next try when it is closed",
    plan: [[{ send: [1, 1] }, { cut: "reset" }], [{ refuse: 503, retryAfterS: 60 }]],
    async go(run) {
      const failed = failure(readAll(run));
      await server.askedAt(1);
      run.close();
      expect(await failed).toBe("aborted");
    },
  },
];

describe.each([
  ["sse-client", createSseClient],
  ["sse-client/core", createSmallSseClient],
  ["ws-client", createWsClient],
  ["ws-client/core", createSmallWsClient],
] as const)("nothing stays behind a run of %s that", (_which, create) => {
  it.each(ways)("$title", async ({ plan = [], go }) => {
    await server.plan(...plan);
    const client: AnyClient = create({ url: server.url, ...quick });
    const abort = application();
    const run = client.start(PROMPT, { signal: abort.signal });
    run.started.catch(() => undefined);
    await go(run, abort, client);
    await nothingListens();
    expect(await behind(client)).toEqual([]);
  });

  it("is closed while its connection is being opened", async () => {
    const silent = createServer((socket) => void socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const client: AnyClient = create({ url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, ...quick });
    const run = client.resume("r", { signal: application().signal });
    run.started.catch(() => undefined);
    const [socket] = (await once(silent, "connection")) as [Socket];
    const cut = once(socket.resume(), "close");
    run.close();
    await nothingListens();
    // A runtime tells of a handshake that was given up.
    client.close();
    await cut;
    expect(await behind(client)).toEqual([]);
    silent.close();
  });
});

describe.each([
  ["sse-client", createSseClient],
  ["ws-client", createWsClient],
] as const)("nothing stays behind %s", (_which, create) => {
  const make = (signal?: AbortSignal): TransportClient => create({ url: server.url, ...quick, ...(signal && { signal }) });

  it.each<readonly [string, (run: Run, client: TransportClient, abort: AbortController) => Promise<unknown>]>([
    ["whose own signal fires", async (_run, _client, abort) => abort.abort()],
    ["whose run is cancelled", (run) => run.cancel()],
    ["whose input is answered", (run) => run.send("x", { signal: application().signal })],
    [
      "whose input is aborted",
      async (run) => {
        await server.planInputs("mute");
        const abort = application();
        const failed = failure(run.send("x", { signal: abort.signal }));
        abort.abort();
        expect(await failed).toBe("aborted");
        expect(getEventListeners(abort.signal, "abort")).toEqual([]);
      },
    ],
    ["whose run's stream is cancelled", (run) => run.toReadableStream().cancel()],
    ["whose run's batches are left", async (run) => void (await run.batches()[Symbol.asyncIterator]().return?.())],
    ["that has connected", (_run, client) => client.connect({ signal: application().signal })],
    [
      "that connects no more",
      async (_run, client) => {
        const abort = application();
        const failed = failure(client.connect({ signal: abort.signal }));
        abort.abort();
        expect(await failed).toBe("aborted");
      },
    ],
  ])("%s", async (_what, go) => {
    await server.plan(...held);
    const abort = new AbortController();
    const client = make(abort.signal);
    const run = client.start(PROMPT, { signal: new AbortController().signal });
    await run.started;
    await go(run, client, abort);
    await nothingListens();
    signals.push(abort.signal);
    expect(await behind(client)).toEqual([]);
  });
});
