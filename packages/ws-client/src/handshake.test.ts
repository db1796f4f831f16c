import { startScriptedServer } from "@agent-transports/conformance";
import { HANDSHAKE_MAX_CHARS, SOCKET_MAX_RUNS } from "@agent-transports/protocol";
import { expect, it } from "vitest";
import { createWsClient } from "./index.ts";

const RUNS = Array.from({ length: 60 }, (_, n) => ({
  id: `${n}`.padStart(64, "r"),
  epoch: `${n}`.padStart(32, "e"),
  chunks: [{ type: "start" }, { type: "data-run-end", data: { state: "finished" }, transient: true }] as const,
}));

it.each([
  ["no more runs than a socket follows", 0, SOCKET_MAX_RUNS],
  ["as many as its URL has room for beside the application's own query", 8_000, 17],
  ["none where that query fills the URL", 10_050, 0],
])("names in a handshake %s, and asks for the others by frames", async (_what, characters, count) => {
  const server = await startScriptedServer();
  try {
    await server.runs(...RUNS);
    const handshakes: URL[] = [];
    class Watched extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        handshakes.push(new URL(url));
      }
    }
    using client = createWsClient({ url: server.url, query: { token: "x".repeat(characters) }, WebSocket: Watched });
    const read = RUNS.map(async ({ id, epoch }) => {
      const ids: string[] = [];
      for await (const event of client.resume(id, { after: `${epoch}.1` })) ids.push(event.id);
      expect(ids).toEqual([`${epoch}.2`]);
    });
    await Promise.all(read);
    expect(handshakes.map(({ searchParams }) => searchParams.getAll("resume").length)).toEqual([count]);
    expect(handshakes[0]!.href.length).toBeLessThanOrEqual(HANDSHAKE_MAX_CHARS);
    const asked = await server.asked();
    expect([asked.length, new Set(asked.map(({ run }) => run))]).toEqual([RUNS.length, new Set(RUNS.map(({ id }) => id))]);
  } finally {
    await server.close();
  }
});
