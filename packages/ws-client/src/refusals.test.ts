import { startScriptedServer, type ScriptedRun } from "@agent-transports/conformance";
import type { Run, StateChange } from "@agent-transports/client-core";
import { PING_FRAME, type ClientFrame, type RunChunk } from "@agent-transports/protocol";
import { afterEach, expect, it, vi } from "vitest";
import { ScriptedSocket } from "../test/scripted-socket.ts";
import { createWsClient } from "./index.ts";

afterEach(() => void vi.useRealTimers());

it("resets the count of refusals once a request has worked for a heartbeat period, as for connections", async () => {
  vi.useFakeTimers();
  const info = { id: "r", state: "running", epoch: "e", lastEventId: null, createdAt: "2026-01-01T00:00:00.000Z", endedAt: null };
  const resumed = { type: "resumed", run: { ...info, error: null, events: "/r/events" }, after: null };
  let asked = 0;
  let refuse: (() => void) | undefined;
  class Resuming extends ScriptedSocket {
    protected override connected(): void {
      super.connected();
      refuse = () => this.say(JSON.stringify({ type: "error", run: "r", error: { code: "too_many_requests", message: "Full." } }));
      this.#resume(); // Its URL has asked.
    }

    override send(frame: unknown): void {
      if (frame === PING_FRAME) this.say('{"type":"pong"}');
      else if (String(frame).includes('"resume"')) this.#resume();
    }

    #resume(): void {
      asked += 1;
      this.say(JSON.stringify(resumed));
    }
  }
  const WebSocket = Resuming as unknown as typeof globalThis.WebSocket;
  using client = createWsClient({ url: "ws://agent.example", heartbeatMs: 250, WebSocket, retry: { baseMs: 1, maxTries: 2 } });
  const run = client.resume("r");
  for (const times of [1, 2, 3]) {
    await vi.advanceTimersByTimeAsync(20); // It has asked, or asked again.
    await vi.advanceTimersByTimeAsync(250);
    refuse!();
    expect([asked, run.connection], `refused ${times} times`).toEqual([times, "waiting"]);
  }
});

it("asks again on the same socket, by its policy, for a run whose resume the agent did not answer", async () => {
  const server = await startScriptedServer();
  const [delta, end]: RunChunk[] = [
    { type: "text-delta", id: "0", delta: "x" },
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ];
  await server.runs(
    { id: "neighbour", epoch: "n", everyMs: 20, chunks: [...Array.from({ length: 500 }, () => delta!), end!] },
    { id: "late", epoch: "l", chunks: [end!] },
  );
  let [sockets, asked] = [0, 0];
  class Losing extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      sockets += 1;
    }

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      const isResume = typeof data === "string" && data.includes('"resume"');
      if (isResume) asked += 1;
      if (!isResume || asked > 1) super.send(data);
    }
  }
  using client = createWsClient({ url: server.url, connectTimeoutMs: 500, retry: { baseMs: 1_000 }, WebSocket: Losing });
  const neighbour = client.resume("neighbour");
  await neighbour[Symbol.asyncIterator]().next();
  // A handshake that took longer than the limit had another socket made.
  sockets = 0;
  const late = client.resume("late");
  const changes: StateChange[] = [];
  late.onStateChange((change) => changes.push(change));
  for await (const _ of late);
  expect([late.end, sockets, asked, neighbour.connection]).toEqual([{ state: "finished" }, 0, 2, "open"]);
  const [wait] = changes.filter(({ to }) => to === "waiting");
  expect(wait?.error?.message).toMatch(/Only pings were answered within .* ms, not resume late\./);
  // As before another connection: it has waited already.
  expect(wait?.delayMs).toBeLessThanOrEqual(100);
  await server.close();
});

it("asks again for each of several readers of a run whose resumes the agent did not answer", async () => {
  const server = await startScriptedServer();
  const delta: RunChunk = { type: "text-delta", id: "0", delta: "x" };
  const end: RunChunk = { type: "data-run-end", data: { state: "finished" }, transient: true };
  await server.runs({ id: "r", epoch: "e", everyMs: 5, chunks: [...Array.from({ length: 300 }, () => delta), end] });
  let asked = 0;
  class Losing extends WebSocket {
    override send(data: Parameters<WebSocket["send"]>[0]): void {
      if (typeof data === "string" && data.includes('"resume"')) asked += 1;
      else return super.send(data);
      if (asked > 2) super.send(data);
    }
  }
  using client = createWsClient({ url: server.url, connectTimeoutMs: 300, retry: { baseMs: 20 }, WebSocket: Losing });
  const collect = async (after?: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of client.resume("r", after === undefined ? {} : { after })) ids.push(id);
    return ids;
  };
  const [whole, readers]: [string[], Promise<string[]>[]] = [[], []];
  for await (const { id } of client.resume("r")) {
    whole.push(id);
    if (whole.length === 30) readers.push(collect("e.20"), collect());
  }
  const ids = Array.from({ length: 301 }, (_, index) => `e.${index + 1}`);
  expect(whole).toEqual(ids);
  expect(await Promise.all(readers)).toEqual([ids.slice(20), ids]);
  await server.close();
});

it("ends no reader of a run by a final error for a start of its key that was given up", async () => {
  const server = await startScriptedServer();
  const [delta, end]: RunChunk[] = [
    { type: "text-delta", id: "0", delta: "x" },
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ];
  await server.runs({ id: "r", epoch: "e", everyMs: 20, chunks: [...Array.from({ length: 60 }, () => delta!), end!] });
  let socket: WebSocket | undefined;
  const Watched = new Proxy(WebSocket, {
    construct: (Class, [url, protocols]: [string, string[]?]) => (socket = new Class(url, protocols)),
  });
  using client = createWsClient({ url: server.url, WebSocket: Watched, retry: { baseMs: 1 } });
  const run = client.start({ prompt: "Hello" }, { key: "k" });
  const ids: string[] = [];
  for await (const { id } of run) {
    ids.push(id);
    if (ids.length !== 5) continue;
    const error = { code: "key_reused", message: "This key already started a run with another input." };
    socket!.dispatchEvent(new MessageEvent("message", { data: JSON.stringify({ type: "error", frame: "start", key: "k", error }) }));
  }
  expect([run.end, ids]).toEqual([{ state: "finished" }, Array.from({ length: 61 }, (_, index) => `e.${index + 1}`)]);
  await server.close();
});

type Send = (data: string) => void;

/** A WebSocket class. @param each takes each text frame that goes up: on which socket, what it is, and what sends it */
function watched(each: (socket: number, frame: ClientFrame, send: Send, data: string) => void): typeof WebSocket {
  let sockets = 0;
  return class extends WebSocket {
    readonly #number = (sockets += 1);

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      if (typeof data !== "string") super.send(data);
      else each(this.#number, JSON.parse(data) as ClientFrame, (text) => super.send(text), data);
    }
  };
}

const delta: RunChunk = { type: "text-delta", id: "0", delta: "x" };
const terminal: RunChunk = { type: "data-run-end", data: { state: "finished" }, transient: true };
const long = (id: string, events: number): ScriptedRun => ({
  id,
  epoch: id,
  everyMs: 5,
  chunks: [...Array.from({ length: events }, () => delta), terminal],
});
const waiting = (run: Run): Promise<void> => new Promise((resolve) => run.onStateChange(({ to }) => to === "waiting" && resolve()));

it("unsubscribes from a run that it left while it waited to resume it again, because the agent had not answered", async () => {
  const server = await startScriptedServer();
  await server.runs(long("neighbour", 2_000), long("left", 2_000));
  let held: string | undefined;
  const Late = watched((_socket, frame, send, data) => {
    if (frame.type === "resume" && frame.run === "left") return void (held = data);
    // The agent has it in its order, and late.
    if (frame.type !== "ping" && held !== undefined) send(held);
    if (frame.type !== "ping") held = undefined;
    send(data);
  });
  using client = createWsClient({ url: server.url, connectTimeoutMs: 300, retry: { baseMs: 600_000 }, WebSocket: Late });
  const neighbour = client.resume("neighbour");
  await neighbour[Symbol.asyncIterator]().next();
  const left = client.resume("left");
  await waiting(left);
  left.close();
  await neighbour.cancel(); // Answered after whatever was sent before it.
  expect(await server.unsubscribed()).toEqual(["left"]);
  await server.close();
});

it("asks again for a resume without an answer when an earlier one of its run is answered late meanwhile", { timeout: 20_000 }, async () => {
  const server = await startScriptedServer();
  await server.runs(long("neighbour", 2_000), long("r", 40));
  const [up, held]: [string[], string[]] = [[], []];
  const Late = watched((_socket, frame, send, data) => {
    if (frame.type !== "resume" || frame.run !== "r") return send(data);
    up.push(frame.after ?? "all");
    if (up.length === 1) held.push(data);
    // The agent never has the second one.
    else send(held.pop() ?? data);
  });
  using client = createWsClient({ url: server.url, connectTimeoutMs: 300, retry: { baseMs: 20 }, WebSocket: Late });
  await client.resume("neighbour")[Symbol.asyncIterator]().next();
  const collect = async (run: Run): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of run) ids.push(id);
    return ids;
  };
  const first = client.resume("r", { after: "r.20" });
  const rest = collect(first);
  await waiting(first);
  const whole = await collect(client.resume("r"));
  const ids = Array.from({ length: 41 }, (_, index) => `r.${index + 1}`);
  expect([whole, await rest]).toEqual([ids, ids.slice(20)]);
  expect(up.slice(0, 2)).toEqual(["r.20", "all"]);
  await server.close();
});

it.each([
  ["waits for that one's answer", false],
  ["comes once that one was left", true],
])(
  "asks on another socket for a start whose key a start without an answer has, with another input, and which %s",
  async (_when, leaves) => {
    const server = await startScriptedServer();
    await server.runs(long("neighbour", 2_000));
    const up: { readonly socket: number; readonly input: unknown }[] = [];
    let held: string | undefined;
    const Late = watched((socket, frame, send, data) => {
      if (frame.type !== "start") return send(data);
      up.push({ socket, input: frame.input });
      if (up.length === 1) return void (held = data);
      if (socket === up[0]!.socket) send(held!); // Its answer would be the first.
      send(data);
    });
    using client = createWsClient({ url: server.url, connectTimeoutMs: 300, retry: { baseMs: 1_000 }, WebSocket: Late });
    const neighbour = client.resume("neighbour");
    await neighbour[Symbol.asyncIterator]().next();
    const first = client.start({ prompt: "one" }, { key: "k" });
    const waits = leaves ? undefined : client.start({ prompt: "two" }, { key: "k" });
    await waiting(first);
    if (leaves) first.close();
    const second = waits ?? client.start({ prompt: "two" }, { key: "k" });
    await second[Symbol.asyncIterator]().next();
    const isFirst = ({ socket }: (typeof up)[number]): boolean => socket === up[0]!.socket;
    expect(up.filter(isFirst).map(({ input }) => input)).toEqual([{ prompt: "one" }]);
    expect(up.filter((start) => !isFirst(start)).map(({ input }) => input)).toContainEqual({ prompt: "two" });
    expect(second.id).toBe("neighbour");
    await server.close();
  },
);

it("asks on the same socket for another start with the key and the input of one that has no answer", async () => {
  const server = await startScriptedServer();
  await server.runs(long("neighbour", 2_000));
  const up: number[] = [];
  const Losing = watched((socket, frame, send, data) => {
    if (frame.type === "start") up.push(socket);
    if (frame.type !== "start" || up.length > 1) send(data);
  });
  using client = createWsClient({ url: server.url, connectTimeoutMs: 300, retry: { baseMs: 1_000 }, WebSocket: Losing });
  await client.resume("neighbour")[Symbol.asyncIterator]().next();
  const [first, second] = [client.start({ prompt: "one" }, { key: "k" }), client.start({ prompt: "one" }, { key: "k" })];
  await Promise.all([first, second].map((run) => run[Symbol.asyncIterator]().next()));
  // The one on which the neighbour came: an earlier handshake may have taken longer than the limit.
  expect(up).toEqual(Array.from({ length: 3 }, () => up[0]));
  await server.close();
});
