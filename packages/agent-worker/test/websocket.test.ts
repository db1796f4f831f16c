import { once } from "node:events";
import { FLOW_WINDOW_BYTES, PING_FRAME, PONG_FRAME } from "@agent-transports/protocol";
import { WebSocket } from "ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { info, post, range, readEvents, segment, seqs, start, TestSocket, wholeRun } from "./harness.ts";

let host: WorkerHost;
let base: string;
beforeAll(async () => {
  host = await start();
  base = new URL(`${segment}/ws`, host.url).href;
});
afterAll(() => host.dispose());

const connect = (query = ""): Promise<TestSocket> => new TestSocket(`${base}?v=1${query}`).open();
const started = async (socket: TestSocket, key: string): Promise<string> => {
  const { run } = await socket.frame(({ type, key: of }) => type === "started" && of === key);
  return (run as { id: string }).id;
};

const disposed = (host: WorkerHost) => ({ host, [Symbol.asyncDispose]: () => host.dispose() });

describe("a run over WebSocket", () => {
  it("starts, streams every event once, and leaves the socket open", async () => {
    const socket = await connect();
    socket.send({ type: "start", key: "a", input: { prompt: "Hello" } });
    const id = await started(socket, "a");
    const events = await socket.ended(id);
    expect(seqs(events)).toEqual(range(1, events.length));
    expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    socket.send(PING_FRAME);
    expect(await socket.frame(({ type }) => type === "pong")).toEqual(JSON.parse(PONG_FRAME));
    socket.socket.close();
  });

  it("answers a close without a code, and lets go of the connection", async () => {
    // It waits for half a minute, where the other tests' sockets do not.
    const waiting = new WebSocket(`${base}?v=1&heartbeat=1000`.replace("http", "ws"));
    await once(waiting, "message");
    waiting.close();
    // 1006 where no close frame came.
    expect(await once(waiting, "close")).toEqual([1005, Buffer.alloc(0)]);
  });

  it("is the same, event for event, over the other transport", async () => {
    const socket = await connect();
    socket.send({ type: "start", key: "b", input: { prompt: "Hello" } });
    const id = await started(socket, "b");
    const events = await socket.ended(id);
    expect(await readEvents(await fetch(`${base}/runs/${id}/events`))).toEqual(events);
    const other = await wholeRun(base);
    socket.send({ type: "resume", run: other.id });
    expect(await socket.ended(other.id)).toEqual(other.events);
    socket.socket.close();
  });

  it("resumes in the handshake, from any event or the first, without a frame from the client", async () => {
    const one = await wholeRun(base);
    const two = await wholeRun(base);
    const socket = await connect(`&resume=${one.id}:${one.events[4]?.id}&resume=${two.id}`);
    expect(await socket.ended(one.id)).toEqual(one.events.slice(5));
    expect(await socket.ended(two.id)).toEqual(two.events);
    socket.socket.close();
  });

  it("reports by state and tail that there is nothing left to read", async () => {
    const { id, events } = await wholeRun(base);
    const socket = await connect(`&resume=${id}:${events.at(-1)?.id}`);
    const frame = await socket.frame(({ type }) => type === "resumed");
    expect(frame).toMatchObject({ after: events.at(-1)?.id, run: { id, state: "finished", lastEventId: events.at(-1)?.id } });
    socket.socket.close();
  });

  it.each([
    ["another path", "/nowhere?v=1", 4404],
    ["another version of the protocol", "?v=9", 4400],
  ])("is opened at the agent's own URL: %s is closed at once", async (_what, path, code) => {
    const socket = new TestSocket(base + path);
    const startedAt = performance.now();
    await once(socket.socket, "close");
    expect(socket.closeCode).toBe(code);
    // Not a measurement: the runtime's ten seconds (Sockets' refusalOf) would be an answer too late for anybody.
    expect(performance.now() - startedAt).toBeLessThan(9_000);
  });

  it("joins a run by its key", async () => {
    const socket = await connect();
    socket.send({ type: "start", key: "same", input: { prompt: "Hello" } });
    const id = await started(socket, "same");
    const other = await connect();
    other.send({ type: "start", key: "same", input: { prompt: "Hello" } });
    expect(await other.frame(({ type }) => type === "started")).toMatchObject({ joined: true, run: { id } });
    expect(await other.ended(id)).toEqual(await socket.ended(id));
    socket.socket.close();
    other.socket.close();
  });

  it("is followed once by a socket: a second resume or a start that joins replaces the first, and a refused one changes nothing", async () => {
    await using slow = disposed(await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "0.01" } }));
    const socket = await new TestSocket(`${new URL(segment, slow.host.url).href}/once?v=1`).open();
    const begin = (prompt: string): void => socket.send({ type: "start", key: "k", input: { prompt } });
    begin("Hello");
    const run = await started(socket, "k");
    /** Sends an input, and counts how often it came by the time at which a later frame was answered. */
    const times = async (key: string): Promise<number> => {
      socket.send({ type: "input", run, key, data: key });
      socket.send({ type: "resume", run: `behind-${key}` });
      await socket.frame(({ type, run: of }) => type === "error" && of === `behind-${key}`);
      return socket.events(run).filter(({ data }) => data.type === "data-input" && data.data === key).length;
    };
    expect(await times("a")).toBe(1);
    const [, second] = socket.events(run);
    socket.send({ type: "resume", run, after: second!.id });
    await socket.frame(({ type, after }) => type === "resumed" && after === second!.id);
    expect(await times("b")).toBe(1);
    // From behind the second event, and then from the first on.
    expect(socket.events(run).filter(({ id }) => id === second!.id)).toHaveLength(1);
    begin("Hello");
    await socket.frame(({ type, joined }) => type === "started" && joined === true);
    expect(await times("c")).toBe(1);
    expect(socket.events(run).filter(({ id }) => id === second!.id)).toHaveLength(2);

    const before = socket.events(run).length;
    socket.send({ type: "resume", run, after: "malformed" });
    begin("Something else");
    expect(await times("d")).toBe(1);
    expect(socket.events(run)).toHaveLength(before + 1);
    const refused = socket.frames.filter(({ type, run: of, key }) => type === "error" && (of === run || key === "k"));
    expect(refused).toMatchObject([{ error: { code: "cannot_resume" } }, { error: { code: "key_reused" } }]);
    socket.socket.close();
  });

  it("accepts inputs in order, and cancels", async () => {
    const socket = await connect();
    socket.send({ type: "start", key: "c", input: { prompt: "Write 20000 words at 100 tokens/s." } });
    const run = await started(socket, "c");
    for (const n of [1, 2, 3]) socket.send({ type: "input", run, key: `k${n}`, data: { n } });
    await socket.frame(({ type, key }) => type === "accepted" && key === "k3");
    socket.send({ type: "cancel", run });
    expect(await socket.frame(({ type }) => type === "cancelled")).toMatchObject({ run: { id: run, state: "cancelled" } });
    const inputs = (await socket.ended(run)).filter(({ data }) => data.type === "data-input");
    expect(inputs.map(({ data }) => ("data" in data ? data.data : undefined))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    socket.socket.close();
  });

  it("continues when its socket is gone", async () => {
    const socket = await connect();
    socket.send({ type: "start", key: "left", input: { prompt: "Hello" } });
    const id = await started(socket, "left");
    socket.socket.terminate();
    const events = await readEvents(await fetch(`${base}/runs/${id}/events`));
    expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  });

  it("sends no more of a run after unsubscribe", async () => {
    const socket = await connect();
    socket.send({ type: "start", key: "u", input: { prompt: "Hello" } });
    const run = await started(socket, "u");
    socket.send({ type: "unsubscribe", run });
    // Whatever was sent before it is there when the answer to a later frame is.
    socket.send({ type: "resume", run: "none" });
    await socket.frame(({ type }) => type === "error");
    const before = socket.events(run).length;
    await readEvents(await fetch(`${base}/runs/${run}/events`));
    socket.send({ type: "resume", run: "none2" });
    await socket.frame(({ type, run: of }) => type === "error" && of === "none2");
    expect(socket.events(run)).toHaveLength(before);
    socket.socket.close();
  });

  it("stops at one window for a paced reader that does not acknowledge, and continues when it does", async () => {
    // A model so slow that no busy machine lets its run end before the inputs that fill the window are in.
    await using slow = disposed(await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "2" } }));
    const slowBase = new URL(`${segment}/slow`, slow.host.url).href;
    const big = "x".repeat(20_000);
    const response = await post(`${slowBase}/runs`, { prompt: "Hello" });
    const run = response.headers.get("Agent-Run") ?? "";
    for (let n = 0; n < 40; n++) expect((await post(`${slowBase}/runs/${run}/inputs`, { data: big, key: `big-${n}` })).status).toBe(202);
    await fetch(`${slowBase}/runs/${run}`, { method: "DELETE" });
    const whole = await readEvents(response);
    const socket = await new TestSocket(`${slowBase}?v=1&resume=${run}&acks=1`).open();
    await socket.frame(({ type }) => type === "events");
    const bytes = (): number => JSON.stringify(socket.frames.filter(({ type }) => type === "events")).length;
    // An answer to a frame that was sent later shows that the server has come to its stop.
    socket.send({ type: "resume", run: "stopped" });
    await socket.frame(({ type, run: of }) => type === "error" && of === "stopped");
    expect(bytes()).toBeLessThan(FLOW_WINDOW_BYTES + 100_000);
    expect(socket.events(run).length).toBeLessThan(whole.length);
    await socket.acknowledge(run, whole.length);
    expect(socket.events(run)).toEqual(whole);
    socket.socket.close();
  });

  it.each([
    ["not JSON", "{", "invalid_json"],
    ["an unknown type", { type: "nonsense" }, "invalid_request"],
    ["a start without its key", { type: "start", input: { prompt: "x" } }, "invalid_request"],
    ["a prompt that is not a string", { type: "start", key: "bad", input: { prompt: 1 } }, "invalid_request"],
    ["no such run", { type: "resume", run: "none" }, "run_not_found"],
    ["an input to no run", { type: "input", run: "none", key: "k", data: 1 }, "run_not_found"],
  ])("answers %s with a typed error, and stays open", async (_what, frame, code) => {
    const socket = await connect();
    socket.send(frame);
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code } });
    socket.send(PING_FRAME);
    await socket.frame(({ type }) => type === "pong");
    socket.socket.close();
  });

  it("answers a binary frame with unsupported_frame", async () => {
    const socket = await connect();
    socket.socket.send(Buffer.from([1, 2, 3]));
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "unsupported_frame" } });
    socket.socket.close();
  });

  it.each(["unknown_epoch", "beyond_tail", "malformed"])("gives the reason when a resume's cursor is %s", async (reason) => {
    const { id } = await wholeRun(base);
    const { epoch } = await info(base, id);
    const after = { unknown_epoch: "other.1", beyond_tail: `${epoch}.999999`, malformed: "x" }[reason];
    const socket = await connect();
    socket.send({ type: "resume", run: id, after });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ run: id, error: { code: "cannot_resume", reason } });
    socket.socket.close();
  });
});
