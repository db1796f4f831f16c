import { startScriptedServer } from "@agent-transports/conformance";
import { expect, it } from "vitest";
import { createWsClient } from "./client.ts";

it("asks for binary frames, and sends and receives bytes in them, without base64", async () => {
  const up: unknown[] = [];
  const down: unknown[] = [];
  class Tapped extends WebSocket {
    constructor(...parameters: ConstructorParameters<typeof WebSocket>) {
      super(...parameters);
      this.addEventListener("message", ({ data }) => down.push(data));
    }
    override send(data: Parameters<WebSocket["send"]>[0]): void {
      up.push(data);
      super.send(data);
    }
  }
  const server = await startScriptedServer();
  using client = createWsClient({ url: server.url, WebSocket: Tapped });
  try {
    await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }, { type: "data-audio", data: Uint8Array.of(1, 2, 3) }] });
    await server.plan([{ send: [1, 2] }, "hold"]);
    const run = client.start({ prompt: "Hello" });
    const events = run[Symbol.asyncIterator]();
    await events.next();
    expect((await events.next()).value?.data).toEqual({ type: "data-audio", data: Uint8Array.of(1, 2, 3) });
    await run.send(Uint8Array.of(4, 5, 6), { key: "k" });
    expect((await server.askedAt(0)).query["binary"]).toBe("1");
    const frames = [...up, ...down].map((data) => (typeof data === "string" ? data : Buffer.from(data as ArrayBuffer).toString("latin1")));
    expect(frames.filter((frame) => frame.includes("base64") || frame.includes("$bytes"))).toEqual([]);
    expect(frames).toContain('\0\0\0\x24{"type":"input","run":"r","key":"k"}\x04\x05\x06');
    expect(frames).toContain('\0\0\0\x44{"type":"events","run":"r","id":"e.2","event":{"type":"data-audio"}}\x01\x02\x03');
  } finally {
    await server.close();
  }
});
