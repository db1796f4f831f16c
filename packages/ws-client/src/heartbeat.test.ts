import { PING_FRAME } from "@agent-transports/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ScriptedSocket } from "../test/scripted-socket.ts";
import { createWsClient } from "./client.ts";
import { createWsClient as createCoreClient } from "./core.ts";

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

const ENDED = JSON.stringify({ type: "events", run: "r", id: "e.1", events: [{ type: "data-run-end", data: { state: "finished" } }] });

/** Puts a socket in the place of the runtime's whose server says one frame, resumes, and answers pings, so that the socket stays. @returns how many came */
function stubSocket(
  hello: string,
  {
    ended = false,
    everyMs,
    again,
    cannotPing = false,
  }: { readonly ended?: boolean; readonly everyMs?: number; readonly again?: string; readonly cannotPing?: boolean } = {},
): () => number {
  let pings = 0;
  let seq = 0;
  class Saying extends ScriptedSocket {
    protected override connected(): void {
      super.connected();
      for (const data of [hello, RESUMED, ...(ended ? [ENDED] : [])]) this.say(data);
      if (everyMs !== undefined) this.#sayAgain(everyMs);
    }

    #sayAgain(ms: number): void {
      setTimeout(() => {
        const events = [{ type: "text-delta", id: "0", delta: "a" }];
        this.say(again ?? JSON.stringify({ type: "events", run: "r", id: `e.${(seq += 1)}`, events }));
        this.#sayAgain(ms);
      }, ms);
    }

    override send(frame: unknown): void {
      if (typeof frame === "string" && frame.includes('"resume"')) this.say(RESUMED.replace('"id":"r"', '"id":"other"'));
      if (frame !== PING_FRAME) return;
      if (cannotPing) throw new Error("It cannot send.");
      pings += 1;
      this.say('{"type":"pong"}');
    }
  }
  vi.stubGlobal("WebSocket", Saying);
  return () => pings;
}

it.each([
  ['{"type":"hello","heartbeat":3e9}', 1],
  ['{"type":"hello","heartbeat":1e999}', 1],
  ['{"type":"hello","heartbeat":1e-9}', 60],
  // Of three times the client's own.
  ['{"type":"hello","heartbeat":20000}', 9],
  // As if it had said nothing: each five seconds.
  ['{"type":"hello","heartbeat":0}', 12],
  ['{"type":"hello","heartbeat":"20000"}', 12],
  ['{"type":"hello"}', 12],
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

it("pings a third as often while nothing is awaited, and again as often from the next run on", async () => {
  const pings = stubSocket('{"type":"hello","heartbeat":15000}', { ended: true });
  const client = createWsClient({ url: "ws://agent.example" });
  const run = client.resume("r");
  const events: unknown[] = [];
  const read = (async () => {
    for await (const { id } of run) events.push(id);
  })();
  await vi.advanceTimersByTimeAsync(10);
  await read;
  expect(events).toEqual(["e.1"]);
  await vi.advanceTimersByTimeAsync(5_000); // The ping that was due already.
  const before = pings();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(pings() - before).toBe(4);

  const next = client.resume("other");
  next[Symbol.asyncIterator]()
    .next()
    .catch(() => undefined);
  await vi.advanceTimersByTimeAsync(1);
  const live = pings();
  await vi.advanceTimersByTimeAsync(4_990);
  expect(pings()).toBe(live);
  await vi.advanceTimersByTimeAsync(20);
  expect(pings() - live).toBe(1);
  client.close();
});

it.each([
  ["the client", createWsClient],
  ["the small one", createCoreClient],
])("pings when frames come, in a page whose timers do not fire: %s", async (_which, create) => {
  const pings = stubSocket('{"type":"hello","heartbeat":15000}', { everyMs: 500 });
  vi.stubGlobal("setInterval", () => 0);
  const client = create({ url: "ws://agent.example" });
  const run = client.resume("r");
  const read = (async () => {
    for await (const _ of run);
  })();
  read.catch(() => undefined); // It ends with its client.
  await vi.advanceTimersByTimeAsync(60_500);
  // Each 7.5 s, and at the next frame: in time for an agent that waits for 10 s.
  expect(pings()).toBe(7);
  expect(run.connection).toBe("open");
  client.close();
});

it("begins no heartbeat on a socket that a late ping has lost", async () => {
  const hello = '{"type":"hello","heartbeat":15000}';
  stubSocket(hello, { everyMs: 8_000, again: hello, cannotPing: true });
  let begun = 0;
  // None fires: the ping is late when a frame comes after 8 s.
  vi.stubGlobal("setInterval", () => (begun += 1));
  const client = createWsClient({ url: "ws://agent.example", retry: { baseMs: 6_000_000, capMs: 6_000_000 } });
  const run = client.resume("r");
  const states: string[] = [];
  run.onStateChange(({ to }) => states.push(to));
  const read = run[Symbol.asyncIterator]().next();
  read.catch(() => undefined); // It ends with its client.
  await vi.advanceTimersByTimeAsync(400);
  expect(states).toEqual(["open"]);
  begun = 0;
  await vi.advanceTimersByTimeAsync(8_000);
  expect([states, begun]).toEqual([["open", "waiting"], 0]);
  client.close();
});
