/** A process that stands still, as in a debugger or in a machine that slept: what came meanwhile lies in the socket, and timers fire before it is read. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { createSseClient } from "./client.ts";
import type { SseClientOptions } from "./options.ts";
import { createSseClient as createSmallSseClient } from "./core.ts";

const ANSWER_AFTER_MS = 300;
const CONNECT_TIMEOUT_MS = 1_000;
const STANDSTILL_MS = 1_500;

/** Answers while the other thread stands still. It tells of each request. */
const server = `
const { createServer } = require("node:http");
const { parentPort } = require("node:worker_threads");
const listening = createServer((request, response) => {
  parentPort.postMessage("asked");
  setTimeout(() => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Agent-Run": "r" });
    response.end('id: e.1\\ndata: {"type":"data-run-end","data":{"state":"finished"},"transient":true}\\n\\n');
  }, ${ANSWER_AFTER_MS});
}).listen(0, "127.0.0.1", () => parentPort.postMessage(listening.address().port));
`;

it.each([
  ["whole", createSseClient],
  ["small", createSmallSseClient],
] as const)("the %s client reads an answer that came while its process stood still, and asks once", async (_which, create) => {
  const thread = new Worker(server, { eval: true });
  try {
    const [port] = await once(thread, "message");
    const url = `http://127.0.0.1:${port}`;
    const follow = async (options: SseClientOptions): Promise<string[]> => {
      const client = create(options);
      const ids: string[] = [];
      for await (const { id } of client.start({ prompt: "Hello" })) ids.push(id);
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
});
