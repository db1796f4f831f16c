import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { PING_FRAME } from "@agent-transports/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { eventually, live, post, segment, start, TestSocket } from "./harness.ts";

/** The shortest that there is. */
const HEARTBEAT_MS = 1_000;
/** Of those that are to be there while the test looks: a busy machine may stand still for seconds. */
const PINGED_MS = 3_000;
/** What a machine that is busy may add. Nothing else would notice them within minutes. */
const BUSY_MS = 25_000;
let host: WorkerHost;
beforeAll(async () => {
  // A model that says next to nothing: what is noticed is noticed by the heartbeat.
  host = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "0.01" } });
});
afterAll(() => host.dispose());
/** An agent of its own, whose readers a test counts while others run. */
const fresh = (): string => new URL(`${segment}/${crypto.randomUUID()}`, host.url).href;
const begin = async (base: string): Promise<string> =>
  ((await (await post(`${base}/runs`, { prompt: "Hello" }, { Accept: "application/json" })).json()) as { id: string }).id;

/** Follows a run through a socket of its own, so that it can vanish as a machine does. */
async function follow(base: string, run: string): Promise<Socket> {
  const { hostname, port, pathname } = new URL(base);
  const socket = connectTcp(Number(port), hostname);
  socket.write(`GET ${pathname}/runs/${run}/events?heartbeat=${HEARTBEAT_MS} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  let seen = "";
  while (!seen.includes(":ok")) seen += String((await once(socket, "data"))[0]);
  socket.resume();
  return socket;
}

// Each has an agent of its own, and mostly waits.
describe.concurrent("readers that vanish", () => {
  it("over SSE are noticed by the heartbeat, and their resources are released", async () => {
    const base = fresh();
    const run = await begin(base);
    const sockets = await Promise.all([1, 2, 3].map(() => follow(base, run)));
    expect(await live(base)).toMatchObject({ readers: 3 });
    const startedAt = performance.now();
    for (const socket of sockets) socket.destroy();
    await eventually(
      () => live(base),
      ({ readers }) => readers === 0,
    );
    // Not a measurement: what is promised to the operator. A write to a socket that is gone fails at the next write.
    expect(performance.now() - startedAt).toBeLessThan(HEARTBEAT_MS * 2 + BUSY_MS);
    await fetch(`${base}/runs/${run}`, { method: "DELETE" });
  });

  it("over WebSocket are noticed when their pings stop, and their resources are released", async () => {
    const base = fresh();
    const run = await begin(base);
    const open = (): Promise<TestSocket> => new TestSocket(`${base}?v=1&heartbeat=${PINGED_MS}&resume=${run}`).open();
    const silent = await Promise.all([1, 2, 3].map(open));
    const alive = await open();
    const ping = setInterval(() => alive.send(PING_FRAME), PINGED_MS / 12);
    const promisesNone = await new TestSocket(`${base}?v=1&resume=${run}`).open();
    expect(await live(base)).toMatchObject({ readers: 5 });
    for (const { socket } of silent) socket.pause(); // Open for the kernel, and deaf and dumb.
    const startedAt = performance.now();
    await eventually(
      () => live(base),
      ({ readers }) => readers === 2,
    );
    expect(performance.now() - startedAt).toBeLessThan(PINGED_MS * 2 + BUSY_MS);
    for (const { socket } of silent) socket.resume();
    for (const socket of silent) {
      expect(await socket.closed()).toBe(4408);
      expect(socket.frames.at(-1)).toMatchObject({ type: "error", error: { code: "request_timeout" } });
    }
    // Those that ping, or promised nothing, are served on: longer than any heartbeat allows.
    await eventually(
      () => live(base),
      () => performance.now() - startedAt > PINGED_MS * 2.5,
    );
    expect(await live(base)).toMatchObject({ readers: 2 });
    clearInterval(ping);
    for (const { socket } of [alive, promisesNone]) socket.terminate();
    await eventually(
      () => live(base),
      ({ readers, sockets }) => readers === 0 && sockets === 0,
    );
    await fetch(`${base}/runs/${run}`, { method: "DELETE" });
  });

  it("over WebSocket are noticed after an acknowledgement too, when their run has ended long before", async () => {
    const base = fresh();
    const run = await begin(base);
    const data = "x".repeat(20_000);
    for (let n = 0; n < 40; n++) await (await post(`${base}/runs/${run}/inputs`, { data, key: `${n}` })).arrayBuffer();
    const socket = await new TestSocket(`${base}?v=1&heartbeat=${PINGED_MS}&resume=${run}&acks=1`).open();
    const marked = await socket.frame(({ type, ack }) => type === "events" && ack === true);
    await (await fetch(`${base}/runs/${run}`, { method: "DELETE" })).arrayBuffer();
    // It is there, and takes nothing: for longer than it is watched.
    const endedAt = performance.now();
    const ping = setInterval(() => socket.send(PING_FRAME), PINGED_MS / 12);
    await eventually(
      () => live(base),
      () => performance.now() - endedAt > PINGED_MS * 2.5,
    );
    clearInterval(ping);
    const [epoch, first] = String(marked["id"]).split(".");
    const before = socket.events(run).length;
    socket.send({ type: "ack", run, id: `${epoch}.${Number(first) + (marked["events"] as unknown[]).length - 1}` });
    const silentAt = performance.now();
    expect(await socket.closed()).toBe(4408);
    expect(performance.now() - silentAt).toBeLessThan(PINGED_MS * 2 + BUSY_MS);
    expect(socket.events(run).length).toBeGreaterThan(before);
    await eventually(
      () => live(base),
      ({ readers }) => readers === 0,
    );
  });

  it("over WebSocket may announce a large frame, and are waited for no longer than the largest takes", async () => {
    // Its largest frame takes a second at 2,048 bytes a second.
    const small = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "0.01", LIMITS: JSON.stringify({ requestBytes: 2_048 }) } });
    const socket = await new TestSocket(`${new URL(segment, small.url).href}/small?v=1&heartbeat=${PINGED_MS}`).open();
    socket.send({ type: "start", key: "k", input: { prompt: "Hello" } });
    await socket.frame(({ type }) => type === "events");
    const startedAt = performance.now();
    socket.send({ type: "busy", ms: 1e12 });
    expect(await socket.closed()).toBe(4408);
    expect(performance.now() - startedAt).toBeGreaterThan(PINGED_MS * 2 + 900);
    expect(performance.now() - startedAt).toBeLessThan(PINGED_MS * 3 + BUSY_MS);
    expect(socket.frames.filter(({ type }) => type === "error" || type === "pong")).toMatchObject([{ error: { code: "request_timeout" } }]);
    await small.dispose();
  });

  it("over SSE get a heartbeat when nothing was sent for the period", async () => {
    const base = fresh();
    const run = await begin(base);
    const askedAt = performance.now();
    const response = await fetch(`${base}/runs/${run}/events?heartbeat=1`);
    expect(response.headers.get("Agent-Heartbeat")).toBe(String(HEARTBEAT_MS));
    let text = "";
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (/(:hb\n\n){3}$/.test(text)) break;
    }
    expect(text).toMatch(/^:ok\n\n(id: .*\ndata: .*\n\n)+(:hb\n\n){3,}$/);
    // Each was a period behind what came before it. A busy machine may have read several at once.
    expect(performance.now() - askedAt).toBeGreaterThan(HEARTBEAT_MS * 3 - 100);
    await fetch(`${base}/runs/${run}`, { method: "DELETE" });
  });

  it.each([
    ["?heartbeat=1", 1_000],
    ["?heartbeat=20000", 20_000],
    ["?heartbeat=999999", 60_000],
    ["?heartbeat=nonsense", 5_000],
    ["", 5_000],
  ])("an event stream at %s has the period %i ms", async (query, heartbeat) => {
    const base = fresh();
    const response = await post(`${base}/runs${query}`, { prompt: "Hello" });
    expect(response.headers.get("Agent-Heartbeat")).toBe(String(heartbeat));
    await response.body?.cancel();
    await fetch(`${base}/runs/${response.headers.get("Agent-Run")}`, { method: "DELETE" });
  });

  it.each([
    ["1", 1_000],
    ["5000", 5_000],
    ["999999", 60_000],
    ["nonsense", 5_000],
  ])("a requested WebSocket heartbeat of %s ms becomes %i ms", async (asked, heartbeat) => {
    const base = fresh();
    const socket = await new TestSocket(`${base}?v=1&heartbeat=${asked}`).open();
    expect(await socket.frame(() => true)).toEqual({ type: "hello", heartbeat });
    socket.socket.close();
  });
});
