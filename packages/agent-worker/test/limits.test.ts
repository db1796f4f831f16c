import { PING_FRAME } from "@agent-transports/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { bearer, eventually, live, post, readEvents, segment, start, startGuarded, TestSocket, wholeRun } from "./harness.ts";

const limits = {
  requestBytes: 20_000,
  promptBytes: 1_000,
  startValues: 200,
  inputsPerSecond: 5,
  readersPerRun: 3,
  liveRuns: 2,
  sockets: 4,
  runsPerSocket: 2,
};
let host: WorkerHost;
let slow: WorkerHost;
beforeAll(async () => {
  const vars = { LIMITS: JSON.stringify(limits) };
  host = await start({ vars });
  slow = await start({ vars: { ...vars, SCRIPTED_TOKENS_PER_SECOND: "5" } });
});
afterAll(async () => {
  await host.dispose();
  await slow.dispose();
});
const at = (which: WorkerHost, name: string): string => new URL(`${segment}/${name}`, which.url).href;
const connect = (base: string, query = ""): Promise<TestSocket> => new TestSocket(`${base}?v=1${query}`).open();
const json = { Accept: "application/json" };
const begin = async (base: string, key?: string): Promise<string> =>
  ((await (await post(`${base}/runs`, { prompt: "Hello", ...(key && { key }) }, json)).json()) as { id: string }).id;
const bodyOf = async (response: Response): Promise<unknown> => ((await response.json()) as { error: unknown }).error;
const errorOf = async (socket: TestSocket, fits: (frame: object) => boolean = () => true): Promise<unknown> =>
  (await socket.frame((frame) => frame.type === "error" && fits(frame)))["error"];

const message = (...texts: readonly string[]): object => ({ id: "m", role: "user", parts: texts.map((text) => ({ type: "text", text })) });

describe("a size beyond its limit is payload_too_large", () => {
  it.each([
    ["a body", "/runs", { prompt: "x", padding: "x".repeat(20_000) }, limits.requestBytes],
    ["a prompt", "/runs", { prompt: "é".repeat(501) }, limits.promptBytes],
    ["a prompt at Cloudflare's URL", "", { prompt: "x".repeat(1_001) }, limits.promptBytes],
    ["a message's text", "/runs", { message: message("é".repeat(250), "é".repeat(251)) }, limits.promptBytes],
    ["a start's messages", "/runs", { messages: Array.from({ length: 30 }, () => message("x")) }, limits.startValues],
    ["an input", "/runs/none/inputs", { data: "x".repeat(20_000) }, limits.requestBytes],
  ])("%s over HTTP", async (_what, path, body, limit) => {
    const response = await post(at(host, "sizes") + path, body);
    expect(response.status).toBe(413);
    expect(await bodyOf(response)).toMatchObject({ code: "payload_too_large", limit });
  });

  it.each([
    ["a frame", { type: "input", run: "r", key: "k", data: "x".repeat(20_000) }, limits.requestBytes],
    ["a prompt", { type: "start", key: "k", input: { prompt: "é".repeat(501) } }, limits.promptBytes],
    ["a message's text", { type: "start", key: "k", input: { message: message("x".repeat(1_001)) } }, limits.promptBytes],
    [
      "a start's messages",
      { type: "start", key: "k", input: { messages: Array.from({ length: 30 }, () => message("x")) } },
      limits.startValues,
    ],
  ])("%s over WebSocket, whose socket stays open", async (_what, frame, limit) => {
    const socket = await connect(at(host, "sizes"));
    socket.send(frame);
    expect(await errorOf(socket)).toMatchObject({ code: "payload_too_large", limit });
    socket.send(PING_FRAME);
    await socket.frame(({ type }) => type === "pong");
    socket.socket.close();
  });

  it.each([
    ["a prompt's", { prompt: "é".repeat(500) }],
    ["a message's text", { message: message("é".repeat(250), "é".repeat(250)) }],
    ["what a message has beside its text", { message: { ...message("x"), parts: [{ type: "data-x", data: "x".repeat(5_000) }] } }],
  ])("a size just within its limit is accepted: %s", async (_what, body) => {
    const response = await post(`${at(host, "sizes")}/runs`, body);
    expect((await readEvents(response)).at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  });
});

describe("too many are too_many_requests", () => {
  it("live runs of one agent, until one has ended, without effect on another agent", async () => {
    const base = at(slow, "live");
    const runs = [await begin(base), await begin(base)];
    const refused = await post(`${base}/runs`, { prompt: "Hello" });
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "1"]);
    expect(await bodyOf(refused)).toMatchObject({ code: "too_many_requests", limit: limits.liveRuns, retryAfter: 1 });
    const socket = await connect(base);
    socket.send({ type: "start", key: "k", input: { prompt: "Hello" } });
    expect(await errorOf(socket)).toMatchObject({ code: "too_many_requests", retryAfter: 1 });
    await begin(at(slow, "neighbour"));
    await fetch(`${base}/runs/${runs[0]}`, { method: "DELETE" });
    // Its model hears of it in its own time.
    await eventually(
      () => post(`${base}/runs`, { prompt: "Hello" }, json),
      ({ status }) => status === 201,
    );
    socket.socket.close();
  });

  it("readers of one run over both transports, until one has left", async () => {
    const base = at(slow, "readers");
    const run = await begin(base, "first");
    const streams = [await fetch(`${base}/runs/${run}/events`), await fetch(`${base}/runs/${run}/events`)];
    const socket = await connect(base, `&resume=${run}`);
    await socket.frame(({ type }) => type === "events");
    const refused = await fetch(`${base}/runs/${run}/events`);
    expect([refused.status, await bodyOf(refused)]).toMatchObject([429, { code: "too_many_requests", limit: limits.readersPerRun }]);
    const other = await connect(base, `&resume=${run}`);
    expect(await errorOf(other)).toMatchObject({ code: "too_many_requests" });
    // A start that joins has its answer, too, and then a refusal that names the run alone.
    other.send({ type: "start", key: "first", input: { prompt: "Hello" } });
    await other.frame(({ type }) => type === "started");
    const error: unknown = expect.objectContaining({ code: "too_many_requests", limit: limits.readersPerRun });
    await eventually(
      async () => other.frames.filter(({ type }) => type === "error"),
      ({ length }) => length === 2,
    );
    expect(other.frames.filter(({ type }) => type === "error")).toEqual([1, 2].map(() => ({ type: "error", error, run })));
    socket.send({ type: "unsubscribe", run });
    await eventually(
      () => live(base),
      ({ readers }) => readers === 2,
    );
    other.send({ type: "resume", run });
    await other.frame(({ type }) => type === "events");
    for (const stream of streams) await stream.body?.cancel();
    socket.socket.close();
    other.socket.close();
    await eventually(
      () => live(base),
      ({ readers }) => readers === 0,
    );
  });

  it("inputs into one run, over HTTP", async () => {
    const base = at(slow, "inputs");
    const run = await begin(base);
    const send = (n: number): Promise<Response> => post(`${base}/runs/${run}/inputs`, { data: n, key: `k${n}` });
    const began = performance.now();
    // Side by side: a busy machine takes seconds for one behind the other, in which more may come.
    const statuses = (await Promise.all(Array.from({ length: 40 }, (_, n) => send(n)))).map(({ status }) => status);
    const seconds = (performance.now() - began) / 1_000;
    const accepted = statuses.filter((status) => status === 202).length;
    expect(accepted).toBeGreaterThanOrEqual(10);
    expect(accepted).toBeLessThanOrEqual(10 + Math.ceil(limits.inputsPerSecond * seconds));
    expect(new Set(statuses)).toEqual(new Set([202, 429]));
    expect((await send(statuses.indexOf(202))).status).toBe(202); // Repeating what was accepted costs nothing.
    await eventually(
      () => send(99),
      ({ status }) => status === 202,
    );
    await fetch(`${base}/runs/${run}`, { method: "DELETE" });
  });

  it("inputs into one run, over WebSocket: the socket is closed, and no input overtakes another", async () => {
    const base = at(slow, "inputs-ws");
    const run = await begin(base);
    const socket = await connect(base);
    for (let n = 0; n < 40; n++) socket.send({ type: "input", run, key: `k${n}`, data: n });
    expect(await errorOf(socket)).toMatchObject({ code: "too_many_requests", limit: limits.inputsPerSecond, retryAfter: 1 });
    expect(await socket.closed()).toBe(4429);
    await fetch(`${base}/runs/${run}`, { method: "DELETE" });
    const inputs = (await readEvents(await fetch(`${base}/runs/${run}/events`))).filter(({ data }) => data.type === "data-input");
    const numbers = inputs.map(({ data }) => ("data" in data ? data.data : undefined));
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(numbers.length).toBeLessThan(40);
  });

  it("runs on one socket", async () => {
    const base = at(host, "many-runs");
    const runs = [await wholeRun(base), await wholeRun(base), await wholeRun(base)].map(({ id }) => id);
    const waiting = [await begin(at(slow, "many-runs")), await begin(at(slow, "many-runs"))];
    const socket = await connect(at(slow, "many-runs"), waiting.map((run) => `&resume=${run}`).join(""));
    await socket.frame(({ type }) => type === "events");
    socket.send({ type: "start", key: "third", input: { prompt: "x" } });
    expect(await errorOf(socket)).toMatchObject({ code: "too_many_requests", limit: limits.runsPerSocket });
    socket.socket.close();
    // A run that was read to its end counts no more.
    const reading = await connect(base);
    for (const run of runs) {
      reading.send({ type: "resume", run });
      await reading.ended(run);
    }
    reading.socket.close();
  });

  it("sockets of one agent: closed with 4429 at once, until one has left", async () => {
    const base = at(host, "sockets");
    const sockets = await Promise.all([1, 2, 3, 4].map(() => connect(base)));
    expect(await new TestSocket(`${base}?v=1`).closed()).toBe(4429);
    sockets[0]?.socket.close();
    await eventually(
      () => live(base),
      ({ sockets: count }) => count < limits.sockets,
    );
    const fifth = await connect(base);
    for (const socket of [...sockets, fifth]) socket.socket.terminate();
  });
});

it("a cancelled run counts until its model has been aborted", async () => {
  const guarded = await startGuarded({ vars: { LIVE_RUNS: "3" } });
  try {
    const base = new URL("/agents/guarded-agent/stubborn", guarded.url).href;
    const headers = { ...bearer({ subject: "tester" }), ...json };
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) {
      const response = await post(`${base}/runs`, { prompt: "stubborn" }, headers);
      statuses.push(response.status);
      const { id } = (await response.json()) as { id?: string };
      if (id !== undefined) await fetch(`${base}/runs/${id}`, { method: "DELETE", headers });
    }
    expect(statuses).toEqual([201, 201, 201, 429, 429]);
  } finally {
    await guarded.dispose();
  }
});
