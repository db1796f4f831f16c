/** A process that stands still, as in a debugger or in a machine that slept: what came meanwhile lies in the socket, and timers fire before it is read. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { createWsClient } from "./client.ts";
import { createWsClient as createSmallWsClient } from "./core.ts";
import type { WsClientOptions } from "./options.ts";

const ANSWER_AFTER_MS = 300;
const CONNECT_TIMEOUT_MS = 1_000;
const STANDSTILL_MS = 1_500;

const ENDED = { type: "data-run-end", data: { state: "finished" }, transient: true };
const RUN = {
  id: "r",
  state: "running",
  epoch: "e",
  lastEventId: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  endedAt: null,
  error: null,
  events: "/r/events",
};
const FRAMES = [
  { type: "resumed", run: RUN, after: null },
  { type: "events", run: "r", id: "e.1", events: [ENDED] },
].map((frame) => JSON.stringify(frame));

/** Answers a handshake while the other thread stands still, RFC 6455 §4.2.2, and says these frames. It tells of each handshake. */
const server = `
const { createHash } = require("node:crypto");
const { createServer } = require("node:http");
const { parentPort } = require("node:worker_threads");
const frame = (text) => Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 255]), Buffer.from(text)]);
const listening = createServer().on("upgrade", (request, socket) => {
  parentPort.postMessage("asked");
  socket.on("error", () => undefined);
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  setTimeout(() => {
    socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
    for (const text of ${JSON.stringify(FRAMES)}) socket.write(frame(text));
  }, ${ANSWER_AFTER_MS});
}).listen(0, "127.0.0.1", () => parentPort.postMessage(listening.address().port));
`;

const clients = [
  ["whole", createWsClient],
  ["small", createSmallWsClient],
] as const;

it.each(clients)(
  "the %s client goes on with a handshake that was answered while its process stood still, and makes one",
  async (_which, create) => {
    const thread = new Worker(server, { eval: true });
    try {
      const [port] = await once(thread, "message");
      const url = `http://127.0.0.1:${port}`;
      const follow = async (options: WsClientOptions): Promise<string[]> => {
        const client = create(options);
        const ids: string[] = [];
        for await (const { id } of client.resume("r")) ids.push(id);
        client.close();
        return ids;
      };
      // What runs for the first time takes longer, and has the default limit.
      await Promise.all([once(thread, "message"), follow({ url })]);
      let asked = 0;
      const first = Promise.withResolvers<void>();
      thread.on("message", () => {
        asked += 1;
        first.resolve();
      });
      const read = follow({ url, connectTimeoutMs: CONNECT_TIMEOUT_MS });
      await first.promise;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDSTILL_MS);
      expect(await read).toEqual(["e.1"]);
      expect(asked).toBe(1);
    } finally {
      await thread.terminate();
    }
  },
);

it.each(clients)("the %s client gives up a handshake that nobody answers, and makes another", async (_which, create) => {
  const sockets: Socket[] = [];
  const again = Promise.withResolvers<void>();
  const silent = createServer((socket) => {
    socket.on("error", () => undefined);
    if (sockets.push(socket) === 2) again.resolve();
  }).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const client = create({ url: `http://127.0.0.1:${port}`, connectTimeoutMs: 100, retry: { baseMs: 5 } });
  const run = client.resume("r");
  run.started.catch(() => undefined); // It ends with its client.
  await again.promise;
  client.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
  expect(run.connection).toBe("failed");
});
