/** A run that begins while a socket ends on which nothing is awaited any more. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ScriptedSocket } from "../test/scripted-socket.ts";
import { createWsClient } from "./index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const info = { state: "running", epoch: "e", lastEventId: null, createdAt: "", endedAt: null, error: null, events: "" };

/** Sockets that open, and are answered as a run is that starts. */
function openingSockets() {
  const made: Opening[] = [];
  class Opening extends ScriptedSocket {
    constructor(url: string) {
      super(url);
      made.push(this);
    }

    override send(text: string): void {
      const { type, key } = JSON.parse(text);
      const answer = { type: "started", key, run: { id: "r", ...info } };
      if (type === "start") setTimeout(() => this.say(JSON.stringify(answer)), 1);
    }
  }
  return { made, WebSocket: Opening as unknown as typeof globalThis.WebSocket };
}

// A promise's turns between the end of the socket and that of what made it: each of them, and some more.
it.each(Array.from({ length: 16 }, (_, turns) => turns))("has one socket, and is answered, %i turns behind that", async (turns) => {
  const { made, WebSocket } = openingSockets();
  const client = createWsClient({ url: "ws://agent.example", WebSocket });
  void client.connect();
  await vi.advanceTimersByTimeAsync(10);
  const first = made[0]!;
  first.dispatchEvent(new MessageEvent("message", { data: '{"type":"pong"}' }));
  await vi.advanceTimersByTimeAsync(0);
  first.dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "" }));
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
  const run = client.start({ prompt: "Hello" });
  await vi.advanceTimersByTimeAsync(100);
  expect([made.length, run.id, run.connection]).toEqual([2, "r", "open"]);
  client.close();
});
