import { encodeBinaryFrame, FLOW_WINDOW_BYTES, reviveBytes, type RunChunk } from "@agent-transports/protocol";
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { eventually, info, live, post, range, readEvents, seqs, startOf, TestSocket, type SseEvent } from "./harness.ts";

let host: WorkerHost;
let base: string;
beforeAll(async () => {
  host = await startOf("binary");
  base = new URL("/agents/binary-agent/bytes", host.url).href;
}, 60_000);
afterAll(() => host.dispose());

const connect = (query = "&binary=1", at = base): Promise<TestSocket> => new TestSocket(`${at}?v=1${query}`).open();
function filled(length: number, n = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = index + n;
  return bytes;
}
const inputFrame = (run: string, key: string, payload: Uint8Array): Uint8Array =>
  encodeBinaryFrame(JSON.stringify({ type: "input", run, key }), payload);
const octets = { "Content-Type": "application/octet-stream" };

async function begin(prompt: string, at = base): Promise<string> {
  const response = await post(`${at}/runs`, { prompt }, { Accept: "application/json" });
  return ((await response.json()) as { id: string }).id;
}

/** What an event stream has of a run, with bytes as such. */
async function eventsOf(run: string, at = base): Promise<SseEvent[]> {
  return (await readEvents(await fetch(`${at}/runs/${run}/events`))).map(({ id, data }) => ({ id, data: reviveBytes(data) as RunChunk }));
}

function dataOf(events: readonly SseEvent[], type: string): unknown[] {
  return events.flatMap(({ data }) => (data.type === type && "data" in data ? [data.data] : []));
}

const notes = [{ data: { $bytes: "AAEC" } }, { $bytes: "AAEC", more: ',"data":{"$bytes":"' }, [{ $bytes: "AAEC" }], '"}}'];

describe("bytes that an agent writes", () => {
  it("are base64 in an event stream, whatever type the author used, and other data is unchanged", async () => {
    const text = await (await post(`${base}/runs`, { prompt: "every" })).text();
    const lines = [...text.matchAll(/^data: (.*"data-(?:audio|note)".*)$/gm)].map(([, line]) => line);
    const audio = (bytes: Uint8Array): string =>
      JSON.stringify({ type: "data-audio", transient: true, data: { $bytes: Buffer.from(bytes).toString("base64") } });
    expect(lines).toEqual([
      JSON.stringify({ type: "data-audio", id: 'the "first"', data: { $bytes: Buffer.from(filled(256)).toString("base64") } }),
      audio(new Uint8Array()),
      audio(filled(3)),
      audio(filled(10)),
      audio(filled(10).slice(2, 6)),
      audio(filled(3)),
      ...notes.map((data) => JSON.stringify({ type: "data-note", data })),
    ]);
  });

  it("are binary frames, in order, on a socket that asked for them, and base64 on any other", async () => {
    const run = await begin("every");
    const [binary, text] = [await connect(`&binary=1&resume=${run}`), await connect(`&resume=${run}`)];
    const events = await binary.ended(run);
    expect(seqs(events)).toEqual(range(1, events.length));
    expect(events).toEqual(await eventsOf(run));
    expect(dataOf(events, "data-audio")).toEqual([filled(256), filled(0), filled(3), filled(10), filled(10).slice(2, 6), filled(3)]);
    expect(dataOf(events, "data-note")).toEqual(notes);
    for (const frame of binary.frames.filter(({ type }) => type === "events")) {
      const types = (frame["events"] as RunChunk[]).map(({ type }) => type);
      expect([types.includes("data-audio"), types.length]).toEqual(frame["binary"] === true ? [true, 1] : [false, types.length]);
    }
    const asText = await text.ended(run);
    expect(text.frames.some((frame) => frame["binary"])).toBe(false);
    expect(dataOf(asText, "data-audio")[2]).toEqual({ $bytes: "AAEC" });
    expect(asText.map(({ id, data }) => ({ id, data: reviveBytes(data) }))).toEqual(events);
    binary.socket.close();
    text.socket.close();
  });

  it("are replayed exactly, over either transport, from any event", async () => {
    const run = await begin("many 12 30000");
    const whole = await eventsOf(run);
    expect(dataOf(whole, "data-audio")).toEqual(range(0, 11).map((n) => filled(30_000, n)));
    for (const [index, { id }] of whole.slice(0, -1).entries()) {
      const socket = await connect(`&binary=1&resume=${run}:${id}`);
      expect(await socket.ended(run)).toEqual(whole.slice(index + 1));
      socket.socket.close();
      const rest = await readEvents(await fetch(`${base}/runs/${run}/events`, { headers: { "Last-Event-ID": id } }));
      expect(rest.map(({ data }) => reviveBytes(data))).toEqual(whole.slice(index + 1).map(({ data }) => data));
    }
  });

  it("stop at a window of bytes for a reader that does not acknowledge, and continue when it does", async () => {
    const run = await begin("many 20 100000");
    const whole = await eventsOf(run);
    const socket = await connect(`&binary=1&resume=${run}&acks=1`);
    await socket.frame((frame) => frame["binary"] === true);
    // An answer to a frame that was sent later shows that the server has come to its stop.
    socket.send({ type: "resume", run: "stopped" });
    await socket.frame(({ type, run: of }) => type === "error" && of === "stopped");
    const sent = dataOf(socket.events(run), "data-audio").length;
    // Of base64 three would fit no longer.
    expect(sent).toBe(Math.ceil(FLOW_WINDOW_BYTES / 100_000));
    await socket.acknowledge(run, whole.length);
    expect(socket.events(run)).toEqual(whole);
    socket.socket.close();
  });

  it("survive a crash of the agent in the log and in the conversation, as bytes", async () => {
    const at = new URL("/agents/binary-agent/kept", host.url).href;
    const run = await begin("every", at);
    const before = await eventsOf(run, at);
    await fetch(`${at}/crash`).catch(() => undefined); // It has no answer.
    expect(await eventsOf(run, at)).toEqual(before);
    const described = [
      [["text"], ["text", "data-audio: 256 bytes, 0 1 2 3 4 5 6 7 8 9 ", "data-note", "data-note", "data-note", "data-note"], ["text"]],
    ];
    expect(dataOf(await eventsOf(await begin("context", at), at), "data-context")).toEqual(described);
  });

  it("are read by the AI SDK's own transport, as base64", async () => {
    const stream = await new DefaultChatTransport({ api: `${base}/runs` }).sendMessages({
      chatId: "bytes",
      messages: [{ id: "1", role: "user", parts: [{ type: "text", text: "every" }] }],
      trigger: "submit-message",
      messageId: undefined,
      abortSignal: undefined,
    });
    let message: UIMessage | undefined;
    for await (const one of readUIMessageStream({ stream, terminateOnError: true })) message = one;
    const data = { $bytes: Buffer.from(filled(256)).toString("base64") };
    expect(message?.parts.find(({ type }) => type === "data-audio")).toEqual({ type: "data-audio", id: 'the "first"', data });
  });

  it("are accepted as bytes in a client's own context, and refused when they are invalid", async () => {
    const messages = (data: unknown): object[] => [
      { id: "1", role: "assistant", parts: [{ type: "data-audio", data }] },
      { id: "2", role: "user", parts: [{ type: "text", text: "context" }] },
    ];
    const events = await readEvents(await post(`${base}/runs`, { messages: messages({ $bytes: "AAEC" }) }));
    expect(dataOf(events, "data-context")).toEqual([[["data-audio: 3 bytes, 0 1 2"], ["text"]]]);
    const refused = await post(`${base}/runs`, { messages: messages({ $bytes: "A" }) });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: "invalid_request" } }]);
  });

  it.each([
    ["faulty", /\$bytes that are not base64/],
    ["many 1 1500000", /larger than 1900000 bytes/],
  ])("that the log cannot hold end the run, with the reason: %s", async (prompt, message) => {
    const events = await readEvents(await post(`${base}/runs`, { prompt }));
    expect(events.at(-1)?.data).toMatchObject({
      data: { state: "failed", error: { code: "internal", message: expect.stringMatching(message) as string } },
    });
    expect(dataOf(events, "data-audio")).toEqual([]);
  });
});

describe("bytes that a client sends", () => {
  it("are the same input to the author and to every reader, as a frame, as a body and as base64", async () => {
    const run = await begin("echo 5");
    const socket = await connect(`&binary=1&resume=${run}`);
    const data = { $bytes: Buffer.from(filled(256)).toString("base64") };
    const accepted = async (key: string): Promise<unknown> =>
      (await socket.frame((frame) => frame.type === "accepted" && frame["key"] === key))["id"];
    const answered = async (response: Response): Promise<unknown> => ((await response.json()) as { id: string }).id;
    socket.socket.send(inputFrame(run, "frame", filled(256)));
    const ids = [await accepted("frame")];
    socket.send({ type: "input", run, key: "text", data });
    ids.push(await accepted("text"));
    const inputs = `${base}/runs/${run}/inputs`;
    ids.push(await answered(await post(inputs, { data, key: "json" })));
    const body = { method: "POST", body: filled(256) };
    ids.push(await answered(await fetch(inputs, { ...body, headers: { ...octets, "Idempotency-Key": "body" } })));
    // Once more, each by another way.
    ids.push(await answered(await post(inputs, { data }, { "Idempotency-Key": "frame" })));
    ids.push(await answered(await fetch(inputs, { ...body, headers: { ...octets, "Idempotency-Key": "text" } })));
    socket.socket.send(inputFrame(run, "body", filled(256)));
    const empty = await fetch(inputs, { method: "POST", headers: octets });
    expect(empty.status).toBe(202);
    const events = await socket.ended(run);
    expect(events).toEqual(await eventsOf(run));
    const given = events.filter(({ data: chunk }) => chunk.type === "data-input");
    expect(ids).toEqual([...given.slice(0, 4).map(({ id }) => id), given[0]?.id, given[1]?.id]);
    expect(await accepted("body")).toBe(given[3]?.id);
    const expected = [...Array.from({ length: 4 }, () => filled(256)), filled(0)];
    expect(dataOf(events, "data-input")).toEqual(expected);
    expect(dataOf(events, "data-echo")).toEqual(expected);
    expect(new Set(dataOf(events, "data-kind"))).toEqual(new Set(["[object Uint8Array]"]));
    socket.socket.close();
  });

  it("may fill a body or a frame up to its limit, over either transport", async () => {
    const run = await begin("echo 2");
    const socket = await connect();
    const most = 1_048_576 - inputFrame(run, "k", filled(0)).length;
    socket.socket.send(inputFrame(run, "k", filled(most + 1)));
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({
      run,
      key: "k",
      frame: "input",
      error: { code: "payload_too_large", limit: 1_048_576 },
    });
    socket.socket.send(inputFrame(run, "k", filled(most)));
    await socket.frame(({ type }) => type === "accepted");
    const send = (size: number): Promise<Response> =>
      fetch(`${base}/runs/${run}/inputs`, { method: "POST", body: filled(size), headers: octets });
    expect((await send(1_048_577)).status).toBe(413);
    expect((await send(1_048_576)).status).toBe(202);
    expect(dataOf(await eventsOf(run), "data-input")).toEqual([filled(most), filled(1_048_576)]);
    socket.socket.close();
  });

  it.each([
    ["invalid base64", { data: { $bytes: "A" } }],
    ["base64 that is not a string", { data: { $bytes: 1 } }],
    ["base64 for a URL", { data: { $bytes: "-_-_" } }],
  ])("are refused as %s, over either transport, and the run still accepts others", async (_what, body) => {
    const run = await begin("echo 1");
    const response = await post(`${base}/runs/${run}/inputs`, body);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "invalid_request", path: "data" } }]);
    const socket = await connect();
    socket.send({ type: "input", run, key: "k", ...body });
    const refusal = await socket.frame(({ type }) => type === "error");
    expect(refusal).toMatchObject({ run, key: "k", frame: "input", error: { code: "invalid_request", path: "data" } });
    socket.socket.send(inputFrame(run, "k", filled(1)));
    await socket.frame(({ type }) => type === "accepted");
    expect(dataOf(await eventsOf(run), "data-input")).toEqual([filled(1)]);
    socket.socket.close();
  });

  it("are refused as a body with an invalid key", async () => {
    const run = await begin("echo 1");
    const send = (key: string): Promise<Response> =>
      fetch(`${base}/runs/${run}/inputs`, { method: "POST", body: filled(1), headers: { ...octets, "Idempotency-Key": key } });
    const refused = await send("k".repeat(129));
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: "invalid_request", path: "Idempotency-Key" } }]);
    expect((await send("k".repeat(128))).status).toBe(202);
  });
});

describe("a binary frame", () => {
  const header = (value: unknown, payload = filled(3)): Uint8Array =>
    encodeBinaryFrame(typeof value === "string" ? value : JSON.stringify(value), payload);
  const deep = `${"[".repeat(1_000)}${"]".repeat(1_000)}`;

  it.each<[string, Uint8Array, string, object?]>([
    ["without a byte", new Uint8Array(), "invalid_request"],
    ["shorter than its length", Uint8Array.of(0, 0, 0), "invalid_request"],
    ["shorter than its header", Uint8Array.of(0, 0, 0, 9, 0x7b, 0x7d), "invalid_request"],
    ["of a declared length of 4 GiB", Uint8Array.of(255, 255, 255, 255, 0x7b, 0x7d), "invalid_request"],
    ["with a header that is not UTF-8", Uint8Array.of(0, 0, 0, 2, 0xc3, 0x28), "invalid_request"],
    ["with a header that is not JSON", header("{"), "invalid_json"],
    ["with no header", header(""), "invalid_json"],
    ["with a header of 5,000 bytes", header(" ".repeat(5_000)), "invalid_request"],
    ["with a header of 1,000 levels", header(deep), "invalid_request"],
    ["with a header that is null", header("null"), "unsupported_frame"],
    ["with a header that is an array", header("[]"), "unsupported_frame"],
    ["of another type", header({ type: "cancel", run: "r" }), "unsupported_frame", { frame: "cancel", run: "r" }],
    ["of a server's type", header({ type: "events", run: "r", id: "e.1", event: { type: "data-x" } }), "unsupported_frame"],
    ["without a run", header({ type: "input", key: "k" }), "invalid_request", { frame: "input", key: "k" }],
    ["without a key", header({ type: "input", run: "r" }), "invalid_request", { frame: "input", run: "r" }],
    ["with a key of 129", header({ type: "input", run: "r", key: "k".repeat(129) }), "invalid_request", { frame: "input", run: "r" }],
    ["for no run", header({ type: "input", run: "none", key: "k" }), "run_not_found", { run: "none", key: "k" }],
    ["for the run __proto__", header({ type: "input", run: "__proto__", key: "k" }), "run_not_found"],
    ["of 2 MB, of another type", header({ type: "cancel", run: "r" }, filled(2_000_000)), "unsupported_frame", { run: "r" }],
    ["of 2 MB with no header", new Uint8Array(2_000_000), "invalid_json"],
    ["of 2 MB that is all header", header(" ".repeat(2_000_000), filled(0)), "invalid_request"],
  ])("%s gets a typed error, and the socket stays usable", async (_what, frame, code, context = {}) => {
    const socket = await connect();
    socket.socket.send(frame);
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ ...context, error: { code } });
    const run = await begin("echo 1");
    socket.socket.send(inputFrame(run, "k", filled(3)));
    expect(await socket.frame(({ type }) => type === "accepted")).toMatchObject({ run, key: "k" });
    socket.socket.close();
  });

  it.each(["", "&binary=0", "&binary"])("is refused on a socket that did not ask for binary frames: v=1%s", async (query) => {
    const run = await begin("echo 1");
    const socket = await connect(query);
    socket.socket.send(inputFrame(run, "k", filled(3)));
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "unsupported_frame" } });
    expect(await info(base, run)).toMatchObject({ lastEventId: expect.stringMatching(/\.1$/) as string });
    socket.socket.close();
  });
});

it("bytes for stopped readers cost the agent only a cursor each", async () => {
  const at = new URL("/agents/binary-agent/memory", host.url).href;
  // 15 MB in the log, of which each reader takes a window: all of them for each would be beyond an isolate's 128 MB.
  const run = await begin("many 11 1000000", at);
  await eventually(
    () => info(at, run),
    ({ state }) => state === "finished",
  );
  const sockets = await Promise.all(range(1, 10).map(() => connect(`&binary=1&resume=${run}&acks=1`, at)));
  await Promise.all(sockets.map((socket) => socket.frame((frame) => frame["binary"] === true)));
  expect(await live(at)).toMatchObject({ readers: 10 });
  for (const socket of sockets) socket.send({ type: "resume", run: "stopped" });
  await Promise.all(sockets.map((socket) => socket.frame(({ type }) => type === "error")));
  for (const socket of sockets) {
    expect(dataOf(socket.events(run), "data-audio")).toEqual([filled(1_000_000)]);
    socket.socket.close();
  }
});
