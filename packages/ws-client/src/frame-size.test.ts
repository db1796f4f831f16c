import { startScriptedServer, type ScriptedServer } from "@agent-transports/conformance";
import { SENT_MAX_BYTES } from "@agent-transports/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createWsClient } from "./index.ts";

let server: ScriptedServer;
let largest: number;
class Measuring extends WebSocket {
  override send(data: string | BufferSource | Blob): void {
    largest = Math.max(largest, typeof data === "string" ? data.length : data instanceof Blob ? data.size : data.byteLength);
    super.send(data);
  }
}

beforeEach(async () => {
  largest = 0;
  server = await startScriptedServer();
  await server.runs({ id: "r", epoch: "e", chunks: [{ type: "start" }] });
  await server.plan(["hold"], ["hold"]);
});
afterEach(() => server.close());

it("refuses an input whose frame the runtime would close the socket for, and goes on with the others", async () => {
  using client = createWsClient({ url: server.url, WebSocket: Measuring });
  const run = client.resume("r");
  const bytes = new Uint8Array(SENT_MAX_BYTES + 1);
  // Of three bytes a character, and so too large as well.
  const text = "\u20ac".repeat(SENT_MAX_BYTES / 3);
  for (const data of [bytes, text]) await expect(run.send(data)).rejects.toMatchObject({ code: "invalid_input", status: undefined });
  expect(await run.send("small")).toBe("in.1");
  expect(largest).toBeLessThan(1_000);
  expect(run.connection).toBe("open");
});

it("sends what is just not too large", { timeout: 20_000 }, async () => {
  using client = createWsClient({ url: server.url, WebSocket: Measuring });
  expect(await client.resume("r").send(new Uint8Array(SENT_MAX_BYTES), { key: '"'.repeat(128) })).toBe("in.1");
  expect(largest).toBeGreaterThan(SENT_MAX_BYTES);
  expect(largest).toBeLessThanOrEqual(32 * 1_024 * 1_024);
});

it("fails a start that is too large, remembers none of it, and goes on with the other runs", async () => {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
    removeItem: (key: string) => items.delete(key),
  };
  using client = createWsClient({ url: server.url, storage, WebSocket: Measuring });
  const run = client.resume("r");
  await server.askedAt(0);
  const start = client.start({ prompt: "x".repeat(SENT_MAX_BYTES) }, { saveAs: "answer" });
  await expect(start.started).rejects.toMatchObject({ code: "invalid_input" });
  expect(await run.send("small")).toBe("in.1");
  expect([run.connection, start.connection, items.size]).toEqual(["open", "failed", 0]);
});
