import { PING_FRAME } from "@agent-transports/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createWsClient } from "./client.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The agent owes no answer, for which it would be pinged. */
const RESUMED = JSON.stringify({
  type: "resumed",
  run: {
    id: "r",
    state: "running",
    epoch: "e",
    lastEventId: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    endedAt: null,
    error: null,
    events: "/r/events",
  },
  after: null,
});

/** Puts a socket in the place of the runtime's whose server says one frame, resumes, and answers pings, so that the socket stays. @returns how many came */
function stubSocket(hello: string): () => number {
  let pings = 0;
  class Saying extends EventTarget implements Partial<WebSocket> {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly protocol = "";
    readonly url: string;
    binaryType: BinaryType = "blob";
    readyState: 0 | 1 | 3 = 0;

    constructor(url: string) {
      super();
      this.url = url;
      setTimeout(() => {
        this.readyState = 1;
        this.dispatchEvent(new Event("open"));
        for (const data of [hello, RESUMED]) this.dispatchEvent(new MessageEvent("message", { data }));
      }, 1);
    }

    send(frame: unknown): void {
      if (frame !== PING_FRAME) return;
      pings += 1;
      this.dispatchEvent(new MessageEvent("message", { data: '{"type":"pong"}' }));
    }

    close(): void {
      this.readyState = 3;
    }
  }
  vi.stubGlobal("WebSocket", Saying);
  return () => pings;
}

it.each([
  ['{"type":"hello","heartbeat":3e9}', 1],
  ['{"type":"hello","heartbeat":1e999}', 1],
  ['{"type":"hello","heartbeat":1e-9}', 60],
  ['{"type":"hello","heartbeat":20000}', 3],
])("pings at most once a second and at least once a minute, whatever the server says: %s", async (hello, due) => {
  const pings = stubSocket(hello);
  const client = createWsClient({ url: "ws://agent.example" });
  const run = client.resume("r");
  const read = run[Symbol.asyncIterator]().next();
  read.catch(() => undefined); // It ends with its client.
  await vi.advanceTimersByTimeAsync(60_500);
  expect(pings()).toBe(due);
  expect(run.connection).toBe("open");
  client.close();
});
