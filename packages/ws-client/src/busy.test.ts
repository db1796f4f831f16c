import { startScriptedServer, type ScriptedServer } from "@agent-transports/conformance";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createWsClient } from "./index.ts";

let server: ScriptedServer;
let sent: string[];
let sockets: WebSocket[];
class Recording extends WebSocket {
  constructor(url: string | URL) {
    super(url);
    sockets.push(this);
  }

  override send(data: string | BufferSource | Blob): void {
    sent.push(typeof data === "string" ? data : "bytes");
    super.send(data);
  }
}

beforeEach(async () => {
  [sent, sockets] = [[], []];
  server = await startScriptedServer();
  await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }] });
  await server.plan(["hold"]);
});
afterEach(() => server.close());

it("announces a frame that may take longer than the period it asked for, directly before it, and no other", async () => {
  using client = createWsClient({ url: server.url, heartbeatMs: 1_000, WebSocket: Recording });
  const run = client.resume("r");
  await server.askedAt(0);
  for (const bytes of [3 * 16_384 - 100, 4 * 16_384, 10]) {
    sent = [];
    await run.send(new Uint8Array(bytes));
    const frames = sent.filter((frame) => frame !== '{"type":"ping"}');
    // Four seconds, against the three that an agent is asked to wait for.
    expect(frames.map((frame) => frame.replace(/4\d\d\d\.\d+/, "4 s"))).toEqual(
      bytes < 4 * 16_384 ? ["bytes"] : ['{"type":"busy","ms":4 s}', "bytes"],
    );
  }
});

it("takes no notice of an agent that does not know the announcement", async () => {
  using client = createWsClient({ url: server.url, heartbeatMs: 1_000, WebSocket: Recording });
  const run = client.resume("r");
  await server.askedAt(0);
  const refusal = { type: "error", frame: "busy", error: { code: "invalid_request", message: "What is that?" } };
  sockets[0]!.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(refusal) }));
  expect(await run.send("still there")).toBe("in.1");
  expect([sockets.length, run.connection]).toEqual([1, "open"]);
});

it("opens another socket when the announcement is answered with the end of its credentials, and sends the input there", async () => {
  using client = createWsClient({ url: server.url, heartbeatMs: 1_000, retry: { baseMs: 5 }, WebSocket: Recording });
  const run = client.resume("r");
  await server.askedAt(0);
  const refusal = { type: "error", frame: "busy", error: { code: "unauthorized", message: "Your credentials have ended." } };
  sockets[0]!.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(refusal) }));
  await server.askedAt(1);
  expect(await run.send("with fresh ones")).toBe("in.1");
  expect(sockets.length).toBe(2);
});
