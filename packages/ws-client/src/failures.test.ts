import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { startScriptedServer } from "@agent-transports/conformance";
import type { Run, StateChange, TransportError } from "@agent-transports/client-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ended } from "./failures.ts";
import { createWsClient, type WsClientOptions } from "./index.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  vi.unstubAllGlobals();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A peer that takes a handshake and does this with it. */
function peer(then: (socket: Socket) => void): Server {
  return createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => then(socket));
  });
}

/** What a run is told of its first connection's end. */
async function firstLoss(options: WsClientOptions): Promise<TransportError | undefined> {
  using client = createWsClient({ retry: { baseMs: 10_000, maxTries: 100 }, ...options });
  const run = client.resume("r");
  return (await waiting(run)).error;
}

function waiting(run: Run): Promise<StateChange> {
  return new Promise((resolve) => run.onStateChange((change) => change.to === "waiting" && resolve(change)));
}

async function failure(run: Run): Promise<unknown> {
  try {
    for await (const _ of run);
    return undefined;
  } catch (error) {
    return error;
  }
}

const answer403 = (): Server =>
  createHttpServer().on("upgrade", (_request, socket) =>
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
  );

describe("the reason for a lost connection", () => {
  // As each runtime said it, of a port where nobody listens, a reset, and a handshake that was answered with a status.
  it.each([
    ["npm's ws", "connect ECONNREFUSED 127.0.0.1:9", undefined],
    ["npm's ws", "read ECONNRESET", undefined],
    ["npm's ws", "Unexpected server response: 403", 403],
    ["Bun", "WebSocket connection to 'ws://127.0.0.1:9/x' failed: Failed to connect", undefined],
    ["Bun", "WebSocket connection to 'ws://127.0.0.1:3/x' failed: Connection ended: read ECONNRESET", undefined],
    ["Bun", "WebSocket connection to 'ws://127.0.0.1:4/x' failed: Expected 101 status code: 403", 403],
    ["Deno", "NetworkError: failed to connect to WebSocket: tcp connect error", undefined],
    ["Deno", "NetworkError: failed to connect to WebSocket: connection closed before message completed", undefined],
    ["Deno", "NetworkError: failed to connect to WebSocket: Invalid status code: 403", 403],
  ])("repeats the message of %s, with its status: %s", (_runtime, said, status) => {
    for (const close of [undefined, { code: 1006, reason: "" }, { code: 0, reason: "" }]) {
      expect(ended(false, said, close)).toMatchObject({ code: "connection_lost", message: `The socket did not open: ${said}.`, status });
    }
    expect(ended(true, said, { code: 1006, reason: "" })).toMatchObject({
      message: `The connection was lost: ${said}.`,
      status: undefined,
    });
  });

  it.each([
    ["a port where nobody listens", () => undefined],
    ["a reset", () => peer((socket) => socket.resetAndDestroy())],
    ["an end", () => peer((socket) => socket.end())],
    ["a status of HTTP", answer403],
  ])("has no close code when Node's own WebSocket gives none: %s", async (_what, make) => {
    const server = make();
    const error = await firstLoss({ url: server === undefined ? "http://127.0.0.1:9" : await listen(server) });
    expect(error).toMatchObject({ code: "connection_lost", status: undefined });
    expect(error?.message).toBe("The socket did not open, and this runtime does not say why.");
  });

  it("has no status when an open socket is reset, and the close code when one was sent", async () => {
    const server = await startScriptedServer();
    try {
      await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }] });
      await server.plan([{ send: [1, 1] }, { cut: "reset" }], [{ cut: "clean" }], [{ refuse: 503 }]);
      using client = createWsClient({ url: server.url, retry: { baseMs: 10, maxTries: 2 } });
      const run = client.resume("r");
      const losses: unknown[] = [];
      run.onStateChange(({ to, error }) => to === "waiting" && losses.push([error?.message, error?.status]));
      expect(await failure(run)).toMatchObject({ code: "retries_exhausted", status: 4503 });
      expect(losses).toEqual([
        ["The connection was lost, and this runtime does not say why.", undefined],
        ["The socket was closed with 1001.", 1001],
      ]);
    } finally {
      await server.close();
    }
  });
});

describe("a WebSocket class", () => {
  const url = "http://127.0.0.1:9";
  const throwing = (thrown: unknown): typeof WebSocket =>
    class extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        throw thrown;
      }
    };

  it("that is missing ends the run with an error that names the option and Node 22", async () => {
    vi.stubGlobal("WebSocket", undefined);
    using client = createWsClient({ url });
    const error = await failure(client.resume("r"));
    expect(error).toMatchObject({ code: "invalid_option", message: expect.stringMatching(/^WebSocket: .*Node 22 .*option WebSocket/) });
  });

  it.each([null, undefined, new Error("Not today."), "text"])("that throws %s fails the try, without an uncaught error", async (thrown) => {
    const error = await firstLoss({ url, WebSocket: throwing(thrown) });
    expect(error).toMatchObject({ code: "connection_lost", message: `The WebSocket class threw ${String(thrown)}.` });
  });

  it.each([
    ["SecurityError", /https: URL/],
    ["SyntaxError", /Give a URL that it accepts/],
  ])("that throws a %s ends the run with an error that names the remedy", async (name, remedy) => {
    using client = createWsClient({ url, WebSocket: throwing(new DOMException("Not from here.", name)) });
    const error = await failure(client.resume("r"));
    expect(error).toMatchObject({ code: "invalid_option", message: expect.stringMatching(remedy) });
  });

  it("whose send throws loses the connection, and the run continues on the next one", async () => {
    const server = await startScriptedServer();
    let sends = 0;
    class Failing extends WebSocket {
      override send(data: Parameters<WebSocket["send"]>[0]): void {
        sends += 1;
        if (sends === 1) throw new DOMException("It is closing.", "InvalidStateError");
        super.send(data);
      }
    }
    try {
      await server.runs({
        id: "r",
        epoch: "e",
        chunks: [{ type: "start" }, { type: "data-run-end", data: { state: "finished" }, transient: true }],
      });
      using client = createWsClient({ url: server.url, WebSocket: Failing, retry: { baseMs: 10 } });
      const run = client.start({ prompt: "Hello" });
      const lost = waiting(run);
      expect(await failure(run)).toBeUndefined();
      expect((await lost).error?.message).toBe("The socket could not send: InvalidStateError: It is closing..");
    } finally {
      await server.close();
    }
  });
});
