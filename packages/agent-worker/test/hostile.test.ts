import { isErrorBody, PING_FRAME } from "@agent-transports/protocol";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { post, range, raw, readEvents, segment, seqs, start, TestSocket, wholeRun, type SseEvent } from "./harness.ts";

let host: WorkerHost;
/** Its runs say a word in 100 seconds, and take inputs as fast as they come. */
let slow: WorkerHost;
let base: string;
let mine: { readonly id: string; readonly events: SseEvent[] };
let other: { readonly id: string; readonly events: SseEvent[] };
beforeAll(async () => {
  host = await start();
  base = new URL(`${segment}/hostile`, host.url).href;
  mine = await wholeRun(base);
  other = await wholeRun(base);
  slow = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "0.01", LIMITS: '{"inputsPerSecond":10000}' } });
});
afterAll(async () => {
  await host.dispose();
  await slow.dispose();
});
/** Begins a run of the slow Worker, by an agent of its own. */
async function beginSlow(): Promise<{ readonly at: string; readonly id: string }> {
  const at = new URL(`${segment}/${crypto.randomUUID()}`, slow.url).href;
  const begun = await post(`${at}/runs`, { prompt: "x" }, { Accept: "application/json" });
  const { id } = (await begun.json()) as { id: string };
  return { at, id };
}

const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { error: { code: string } }).error.code;
const connect = (query = ""): Promise<TestSocket> => new TestSocket(`${base}?v=1${query}`).open();
const nested = (depth: number, open: string, close: string, core = "1"): string => open.repeat(depth) + core + close.repeat(depth);
const epoch = (): string => mine.events[0]?.id.split(".")[0] ?? "";

/** What a hostile client calls an id, and why the server says that it cannot resume. */
const cursors: readonly (readonly [what: string, cursor: () => string, reason: string])[] = [
  ["negative", () => `${epoch()}.-1`, "malformed"],
  ["zero", () => `${epoch()}.0`, "malformed"],
  ["01", () => `${epoch()}.01`, "malformed"],
  ["1e3", () => `${epoch()}.1e3`, "malformed"],
  ["above 2^53 - 1", () => `${epoch()}.9007199254740992`, "malformed"],
  ["of 10 KB", () => `${epoch()}.${"1".repeat(10_000)}`, "malformed"],
  ["with NUL", () => `${epoch()}.1\0`, "malformed"],
  ["with CR and LF", () => `${epoch()}.1\r\ndata: x`, "malformed"],
  ["__proto__", () => "__proto__", "malformed"],
  ["__proto__.1", () => "__proto__.1", "unknown_epoch"],
  ["of digits that are not ASCII", () => `${epoch()}.١`, "malformed"],
  ["of another run", () => other.events[3]?.id ?? "", "unknown_epoch"],
  ["of the future", () => `${epoch()}.${mine.events.length + 1}`, "beyond_tail"],
];

describe("an id that is", () => {
  it.each(cursors)("%s gets the reason, over SSE", async (_what, cursor, reason) => {
    const response = await fetch(`${base}/runs/${mine.id}/events?after=${encodeURIComponent(cursor())}`);
    expect([response.status, await response.json()]).toMatchObject([
      reason === "malformed" ? 400 : 409,
      { error: { code: "cannot_resume", reason, run: mine.id } },
    ]);
  });

  it.each(cursors)("%s gets the reason, over WebSocket, and the socket stays usable", async (_what, cursor, reason) => {
    const socket = await connect(`&resume=${mine.id}:${encodeURIComponent(cursor())}`);
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ run: mine.id, error: { code: "cannot_resume", reason } });
    socket.frames.length = 0;
    socket.send({ type: "resume", run: mine.id, after: cursor() });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ run: mine.id, error: { code: "cannot_resume", reason } });
    socket.send({ type: "resume", run: mine.id });
    expect(await socket.ended(mine.id)).toEqual(mine.events);
    socket.socket.close();
  });

  it("not from the run has no effect in an ack", async () => {
    const socket = await connect(`&resume=${mine.id}&acks=1`);
    await socket.ended(mine.id);
    for (const [, cursor] of cursors) socket.send({ type: "ack", run: mine.id, id: cursor() });
    socket.send(PING_FRAME);
    await socket.frame(({ type }) => type === "pong");
    expect(socket.events(mine.id)).toEqual(mine.events);
    socket.socket.close();
  });
});

const bodies: readonly (readonly [what: string, path: string, body: string | Uint8Array<ArrayBuffer>, status: number, code: string])[] = [
  ["10,000 deep for a prompt", "/runs", `{"prompt":${nested(10_000, "[", "]")}}`, 400, "invalid_request"],
  [
    "10,000 deep in a message",
    "/runs",
    `{"messages":[{"id":"1","role":"user","parts":[${nested(10_000, '{"type":', "}")}]}]}`,
    400,
    "invalid_request",
  ],
  [
    "10,000 deep in a tool's schema",
    "/runs",
    `{"prompt":"x","tools":{"t":{"inputSchema":${nested(10_000, '{"a":', "}")}}}}`,
    400,
    "invalid_request",
  ],
  ["10,000 deep for an input", "/runs/none/inputs", `{"data":${nested(10_000, "[", "]")}}`, 400, "invalid_request"],
  ["__proto__ for its prompt", "/runs", '{"__proto__":{"prompt":"x"}}', 400, "invalid_request"],
  ["a key of 10 KB", "/runs", JSON.stringify({ prompt: "x", key: "k".repeat(10_000) }), 400, "invalid_request"],
  ["a key with NUL", "/runs", '{"prompt":"x","key":"a\\u0000"}', 400, "invalid_request"],
  ["invalid UTF-8", "/runs", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400, "invalid_request"],
  ["an overlong encoding", "/runs", new Uint8Array([0x22, 0xc0, 0xaf, 0x22]), 400, "invalid_request"],
  ["binary", "/runs", new Uint8Array([0, 1, 2, 3, 4]), 400, "invalid_json"],
  ["a number that overflows", "/runs", '{"prompt":1e999}', 400, "invalid_request"],
  [
    "a message with an unknown role",
    "/runs",
    '{"message":{"id":"1","role":"root","parts":[{"type":"text","text":"x"}]}}',
    400,
    "invalid_request",
  ],
  ["a part of an unknown type", "/runs", '{"message":{"id":"1","role":"user","parts":[{"type":"nonsense"}]}}', 400, "invalid_request"],
  ["outputs without a call", "/runs", '{"toolOutputs":[{"toolCallId":"none","output":1}]}', 400, "invalid_request"],
];

describe("a body of", () => {
  it.each(bodies)("%s gets a typed error", async (_what, path, body, status, code) => {
    const response = await fetch(base + path, { method: "POST", body });
    expect([response.status, await codeOf(response)]).toEqual([status, code]);
  });

  it.each(bodies.filter(([, path, body]) => path === "/runs" && typeof body === "string" && !body.includes('"key"')))(
    "%s gets a typed error in a frame too",
    async (_what, _path, body, _status, code) => {
      const socket = await connect();
      socket.send(`{"type":"start","key":"k","input":${String(body)}}`);
      expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code } });
      socket.send(PING_FRAME);
      await socket.frame(({ type }) => type === "pong");
      socket.socket.close();
    },
  );

  it("__proto__ in an input's data is plain data", async () => {
    const { at, id } = await beginSlow();
    const data = '{"__proto__":{"polluted":true},"constructor":1}';
    expect((await post(`${at}/runs/${id}/inputs`, `{"data":${data},"key":"k"}`)).status).toBe(202);
    await fetch(`${at}/runs/${id}`, { method: "DELETE" });
    expect(await (await fetch(`${at}/runs/${id}/events`)).text()).toContain(data);
  });
});

describe("a frame of", () => {
  it.each([
    ["binary", Buffer.from([0, 255, 1]), "unsupported_frame"],
    ["JSON, but binary", Buffer.from(PING_FRAME), "unsupported_frame"],
    ["10,000 levels", nested(10_000, "[", "]"), "invalid_request"],
    ["an array", "[]", "invalid_request"],
    ["null", "null", "invalid_request"],
    ["an empty text", "", "invalid_json"],
    ["NUL", "\0", "invalid_json"],
    ["a type of __proto__", '{"type":"__proto__"}', "invalid_request"],
    ["a run of __proto__", '{"type":"resume","run":"__proto__"}', "run_not_found"],
    ["a run of constructor", '{"type":"cancel","run":"constructor"}', "run_not_found"],
    ["a run of 10 KB", JSON.stringify({ type: "resume", run: "r".repeat(10_000) }), "invalid_request"],
    ["a run with a quote and a line feed", JSON.stringify({ type: "resume", run: '"\n' }), "run_not_found"],
    ["a server", '{"type":"events","run":"r","id":"a.1","events":[]}', "invalid_request"],
  ])("%s gets a typed error, and the socket stays usable", async (_what, frame, code) => {
    const socket = await connect();
    socket.socket.send(frame, { binary: typeof frame !== "string" });
    const { error } = await socket.frame(({ type }) => type === "error");
    expect([isErrorBody(error), error]).toMatchObject([true, { code }]);
    socket.send({ type: "resume", run: mine.id });
    expect(await socket.ended(mine.id)).toEqual(mine.events);
    socket.socket.close();
  });

  it("text that is not UTF-8 ends only its own socket", async () => {
    const neighbour = await connect();
    const socket = await connect();
    socket.socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });
    // A runtime may close it (1007, RFC 6455 §8.1) or read replacement characters: then it is not JSON.
    await Promise.race([socket.closed(), socket.frame(({ type }) => type === "error")]);
    neighbour.send({ type: "resume", run: mine.id });
    expect(await neighbour.ended(mine.id)).toEqual(mine.events);
    neighbour.socket.close();
    socket.socket.terminate();
  });
});

describe("a request whose", () => {
  const head = (path: string, more: string): string => `POST ${segment}/${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  it.each([
    ["Content-Length is too long", head("lying/runs", "Content-Length: 1000\r\nConnection: close\r\n") + '{"prompt":"x"}'],
    ["Content-Length overflows", head("lying/runs", "Content-Length: 99999999999999999999\r\nConnection: close\r\n") + "{}"],
    ["Content-Length is negative", head("lying/runs", "Content-Length: -1\r\nConnection: close\r\n") + "{}"],
    ["Content-Length is beyond the limit", head("lying/runs", "Content-Length: 1048577\r\nConnection: close\r\n") + "{}"],
    ["Content-Length is too short", head("lying/runs", "Content-Length: 3\r\nConnection: close\r\n") + '{"prompt":"x"}'],
  ])("%s starts nothing", async (_what, request) => {
    const answer = await raw(host.url, request, 1_000);
    expect(answer).not.toMatch(/^HTTP\/1.1 2/);
    const { runs } = (await (await fetch(new URL(`${segment}/lying/runs`, host.url))).json()) as { runs: unknown[] };
    expect(runs).toEqual([]);
  });

  it.each([
    ["of ..", "/agents/transport-agent/../runs"],
    ["of %2e%2e", "/agents/transport-agent/%2e%2e/runs"],
    ["of ..%2F", "/agents/transport-agent/..%2Fx/runs"],
    ["of ..%5C", "/agents/transport-agent/..%5Cx/runs"],
    ["of %00", "/agents/transport-agent/a%00b/runs"],
    ["of 10 KB", `/agents/transport-agent/${"n".repeat(10_000)}/runs`],
    ["of nothing", "/agents/transport-agent//runs"],
    ["of another agent", "/agents/other-agent/x/runs"],
    ["of __proto__ for an agent", "/agents/__proto__/x/runs"],
    ["of ?agent-id=../x", "/runs?agent-id=../x"],
    ["of ?agent-id=%00", "/runs?agent-id=a%00b"],
    ["of ?agent-id= nothing", "/runs?agent-id="],
  ])("name is one %s is refused", async (_what, path) => {
    const answer = await raw(host.url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 4/);
    expect(answer).toMatch(/"code":"(invalid_request|not_found)"/);
  });
});

describe("an input that the log cannot hold", () => {
  const deep = nested(10_000, "[", "]");
  it.each([
    ["too large for a frame", `"${"x".repeat(1_100_000)}"`, "payload_too_large"],
    ["too deep", deep, "invalid_request"],
    // 800 KB that become 4 MB: 1e20 is written out.
    ["larger once it is serialized", `[${"1e20,".repeat(150_000)}0]`, "payload_too_large"],
  ])("because it is %s is refused with the right code, and its run continues", async (_what, data, code) => {
    const { at, id } = await beginSlow();
    const response = await post(`${at}/runs/${id}/inputs`, `{"data":${data}}`);
    expect(await codeOf(response)).toBe(code);
    const socket = await new TestSocket(`${at}?v=1&resume=${id}`).open();
    // Each character that a key may have, the two that JSON escapes among them.
    const key = String.fromCharCode(...Array.from({ length: 94 }, (_, n) => 0x21 + n));
    socket.send(`{"type":"input","run":"${id}","key":${JSON.stringify(key)},"data":${data}}`);
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ frame: "input", run: id, key, error: { code } });
    socket.send({ type: "input", run: id, key: "k2", data: 1 });
    expect(await socket.frame(({ type }) => type === "accepted")).toMatchObject({ key: "k2" });
    socket.socket.close();
  });
});

it("no hostile request has disturbed another run", async () => {
  expect(await readEvents(await fetch(`${base}/runs/${mine.id}/events`))).toEqual(mine.events);
  expect((await wholeRun(base)).events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
});

describe("a page of another origin", () => {
  const Origin = "https://strange.example";

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])(
    "starts nothing by a form, which a browser sends without asking first: %s",
    async (type) => {
      const at = new URL(`${segment}/${crypto.randomUUID()}`, host.url).href;
      for (const path of ["", "/runs", "/tickets", `/runs/${mine.id}/inputs`]) {
        const answer = await post(at + path, { prompt: "x" }, { Origin, "Content-Type": type });
        expect([answer.status, await codeOf(answer)]).toEqual([403, "forbidden"]);
      }
      expect(await (await fetch(`${at}/runs`)).json()).toEqual({ runs: [], next: null });
    },
  );

  it("gets no header that lets it read what it asked for without CORS", async () => {
    // As an image or a script asks: with cookies, and no Origin.
    const answer = await fetch(`${base}/runs`, { headers: { Cookie: "session=x", Referer: `${Origin}/` } });
    const { headers } = answer;
    expect([headers.get("Content-Type"), headers.get("X-Content-Type-Options")]).toEqual(["application/json", "nosniff"]);
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });
});

describe("an event stream", () => {
  it("keeps a client's text within its event: 300 texts with CR, LF, NUL and the like", async () => {
    const unit = fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "\0",
      "\u2028",
      "\u2029",
      "\u0085",
      "\ufeff",
      "\ud800",
      "data: x",
      "id: 1",
      "event: e",
      ":",
      "retry: 1",
      '"',
      "\\",
      "\n\n",
      "é",
    );
    const texts = fc.sample(fc.string({ unit, maxLength: 12 }), { numRuns: 300, seed: 20_261_125 });
    // Every other one over HTTP, side by side, and the rest over WebSocket, one behind the other.
    const run = await beginSlow();
    const numbered = texts.map((data, n) => ({ key: `k${n}`, data }));
    const [posted, framed] = [numbered.filter((_, n) => n % 2 === 0), numbered.filter((_, n) => n % 2 === 1)];
    const socket = await new TestSocket(`${run.at}?v=1`).open();
    for (const input of framed) socket.send({ type: "input", run: run.id, ...input });
    const answers = await Promise.all(posted.map((input) => post(`${run.at}/runs/${run.id}/inputs`, input)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await socket.frame(({ type, key }) => type === "accepted" && key === framed.at(-1)?.key);
    expect(socket.frames.map(({ type, key }) => [type, key])).toEqual(framed.map(({ key }) => ["accepted", key]));
    socket.socket.close();

    const inputs = await inputsOf(run);
    expect(inputs).toHaveLength(texts.length);
    expect(new Map(inputs.map(({ id, data }) => [id, data]))).toEqual(new Map(numbered.map(({ key, data }) => [key, data])));
    const framedKeys = new Set(framed.map(({ key }) => key));
    expect(inputs.map(({ id }) => id).filter((id) => framedKeys.has(id))).toEqual([...framedKeys]);
  });
});

/** Ends a run, and reads the inputs of its event stream as a parser does that knows nothing of the protocol. */
async function inputsOf({
  at,
  id,
}: {
  readonly at: string;
  readonly id: string;
}): Promise<{ readonly id: string; readonly data: unknown }[]> {
  await fetch(`${at}/runs/${id}`, { method: "DELETE" });
  const events: { id: string; data: string }[] = [];
  const parser = createParser({
    onEvent: ({ id: eventId, event, data }) => {
      expect(event).toBeUndefined();
      events.push({ id: eventId ?? "", data });
    },
    onRetry: () => expect.unreachable("Nothing asked to wait."),
  });
  parser.feed(await (await fetch(`${at}/runs/${id}/events`)).text());
  expect(seqs(events)).toEqual(range(1, events.length));
  return events
    .map(({ data }) => JSON.parse(data) as { type: string; id: string; data: unknown })
    .filter(({ type }) => type === "data-input");
}
