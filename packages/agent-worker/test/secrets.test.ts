import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import type { Grant } from "../src/index.ts";
import { eventually, raw, readEvents, start, startGuarded, startProvider, TestSocket } from "./harness.ts";

/** Stands in every prompt, token, key and provider's answer of this file; what may go nowhere is looked through for it. */
const CANARY = "canary-7f3a";
/** A stack's line. */
const STACK = /^\s+at |\\n\s+at /m;

const chunk = (choice: object): string =>
  `data: ${JSON.stringify({ id: "1", created: 0, model: "m", choices: [{ index: 0, finish_reason: null, ...choice }] })}\n\n`;
const toolCall = { index: 0, id: "call-1", type: "function", function: { name: "broken", arguments: "{}" } };

let provider: Awaited<ReturnType<typeof startProvider>>;
let host: WorkerHost;
let base: string;
/** An agent of its own: what was said to another is no part of its conversation. */
const fresh = (): string => new URL(`/agents/guarded-agent/${crypto.randomUUID()}`, host.url).href;
const logs: string[] = [];
beforeAll(async () => {
  provider = await startProvider((request, response) => {
    let body = "";
    request.on("data", (data) => (body += String(data)));
    request.on("end", () => {
      const stream = { "Content-Type": "text/event-stream" };
      if (body.includes("refused")) {
        response
          .writeHead(400, { "Content-Type": "application/json" })
          .end(`{"error":{"message":"${CANARY} in ${body.length}","type":"${CANARY}"}}`);
      } else if (body.includes("garbled")) response.writeHead(200, stream).end(`data: {"${CANARY}\n\n`);
      else if (body.includes("inband"))
        response.writeHead(200, stream).end(`data: {"error":{"message":"${CANARY}","type":"x","code":null}}\n\n`);
      else if (body.includes("broken-off")) {
        response.writeHead(200, stream).write(chunk({ delta: { content: "Half " } }));
        setTimeout(() => response.destroy(), 20);
      } else if (body.includes('"role":"tool"')) {
        response
          .writeHead(200, stream)
          .end(`${chunk({ delta: { content: "It failed." } })}${chunk({ delta: {}, finish_reason: "stop" })}data: [DONE]\n\n`);
      } else
        response
          .writeHead(200, stream)
          .end(
            `${chunk({ delta: { role: "assistant", tool_calls: [toolCall] } })}${chunk({ delta: {}, finish_reason: "tool_calls" })}data: [DONE]\n\n`,
          );
    });
  });
  host = await startGuarded({
    vars: { OPENAI_API_KEY: `sk-${CANARY}`, OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" },
    log: (message) => logs.push(message),
  });
  base = new URL("/agents/guarded-agent/canary", host.url).href;
}, 60_000);
afterAll(async () => {
  await host.dispose();
  provider.close();
});

const good: Grant = { subject: "tester" };
const token = Buffer.from(JSON.stringify(good)).toString("base64url");
const authorization = { Authorization: `Bearer ${token}` };
const post = (path: string, body: string, headers: Record<string, string> = authorization, at = base): Promise<Response> =>
  fetch(at + path, { method: "POST", headers, body });

/** What an operator and a client saw, and must be free of it. */
async function clean(seen: string): Promise<void> {
  const observed = await (await fetch(new URL("/observed", host.url))).text();
  for (const [where, text] of [
    ["answer", seen],
    ["log", logs.join("\n")],
    ["events", observed],
  ] as const) {
    const found = [CANARY, token].filter((secret) => text.includes(secret));
    expect({ where, found, stack: STACK.exec(text)?.[0] }).toEqual({ where, found: [], stack: undefined });
  }
}

describe("no prompt, token, key or stack appears in any error or log", () => {
  it.each([
    ["refuses", `model refused ${CANARY}`, { state: "failed", error: { code: "model_error", status: 400 } }, "no word"],
    ["sends something that is not JSON", `model garbled ${CANARY}`, { state: "failed" }, "no word"],
    ["reports a failure in its stream", `model inband ${CANARY}`, { state: "failed" }, "no word"],
    ["breaks off", `model broken-off ${CANARY}`, { state: "failed", error: { code: "model_stream_broken" } }, "a word, and later its end"],
    ["is agent code that throws", `throw ${CANARY}`, { state: "failed", error: { code: "internal" } }, "a word with its end"],
  ])("when the model %s", async (_what, prompt, end, said) => {
    const at = fresh();
    const events = await readEvents(await post("/runs", JSON.stringify({ prompt }), authorization, at));
    expect(events.at(-1)?.data).toMatchObject({ data: end });
    // What the model itself says is the answer, and no error.
    const errors = events.filter(({ data }) => data.type !== "text-delta").map(({ data }) => JSON.stringify(data));
    const listed = await fetch(`${at}/runs`, { headers: authorization });
    errors.push(await listed.text());
    // A plain-text answer that fails breaks its connection: through one of its own.
    const body = JSON.stringify({ prompt });
    const head = `POST ${new URL(at).pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    const plain = await raw(host.url, head + body);
    const failed = plain.startsWith("HTTP/1.1 502");
    // Where a word came before the end, its connection is broken; on a busy machine they come together, or the break comes before the first byte.
    expect(plain).toMatch(said === "a word, and later its end" ? /^(HTTP\/1.1 (200|502)|$)/ : /^HTTP\/1.1 502.*"code":"run_failed"/s);
    expect(failed || !plain.endsWith("\r\n0\r\n\r\n")).toBe(true);
    errors.push(failed ? plain : "");
    await clean(errors.join("\n"));
  });

  it("when a tool throws: the model is told, and the run continues to its end", async () => {
    const events = await readEvents(await post("/runs", JSON.stringify({ prompt: `model tool ${CANARY}` }), authorization, fresh()));
    const types = events.map(({ data }) => data.type);
    expect(types).toContain("tool-output-error");
    expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    await clean(events.map(({ data }) => JSON.stringify(data)).join("\n"));
  });

  it("when the request is invalid", async () => {
    const answers: string[] = [];
    for (const [path, body, headers] of [
      ["/runs", `{"prompt":"${CANARY}"`],
      ["/runs", `{"prompt":["${CANARY}"]}`],
      ["/runs", `{"prompt":"x","key":"\\u0000${CANARY}"}`],
      ["/runs", `{"messages":[{"id":"1","role":"${CANARY}","parts":[{"type":"${CANARY}"}]}]}`],
      ["/runs", `{"messages":[{"id":"1","role":"user","parts":[{"type":"${CANARY}"}]}]}`],
      ["/runs", `{"toolOutputs":[{"toolCallId":"${CANARY}","output":1}]}`],
      ["/runs/none/inputs", `{"data":"${CANARY}"}`],
      ["/tickets", `{"rights":["${CANARY}"]}`],
      ["/runs", "{}", { Authorization: `Bearer ${CANARY}` }],
      ["/runs", "{}", { Authorization: `Bearer throw-${CANARY}` }],
    ] as const) {
      const response = await post(path, body, headers ?? authorization);
      expect(response.ok).toBe(false);
      answers.push(await response.text());
    }
    answers.push(await (await fetch(`${base}/runs/r/events?ticket=${CANARY}`)).text());
    await clean(answers.join("\n"));
  });

  it("when the frame is invalid", async () => {
    const socket = await new TestSocket(`${base}?v=1`, authorization).open();
    const frames = [
      `{"type":"start","key":"k","input":{"prompt":"${CANARY}"}`,
      `{"type":"start","key":"k","input":{"prompt":["${CANARY}"]}}`,
      `{"type":"${CANARY}"}`,
      `{"type":"input","run":"none","key":"k","data":"${CANARY}"}`,
      `{"type":"start","key":"k1","input":{"prompt":"throw ${CANARY}"}}`,
      `{"type":"start","key":"k2","input":{"prompt":"model refused ${CANARY}"}}`,
    ];
    for (const frame of frames) socket.send(frame);
    const ended = (): number => socket.frames.filter((frame) => JSON.stringify(frame).includes("data-run-end")).length;
    await eventually(
      () => Promise.resolve(ended()),
      (count) => count === 2,
    );
    const answers = socket.frames.map((frame) => JSON.stringify(frame).replaceAll(/"type":"text-delta"[^}]*}/g, ""));
    expect(answers.filter((answer) => answer.includes('"error"')).length).toBeGreaterThanOrEqual(4);
    socket.socket.close();
    await clean(answers.join("\n").replaceAll(`"frame":"${CANARY}"`, ""));
    expect(await new TestSocket(`${base}?v=1&ticket=${CANARY}`).closed()).toBe(4401);
    expect(await new TestSocket(`${base}?v=1`, { Authorization: `Bearer throw-${CANARY}` }).closed()).toBe(4500);
    await clean("");
  });
});

describe("an operator's events", () => {
  it("report runs, readers and refusals, with sizes and durations", async () => {
    await fetch(new URL("/observed", host.url));
    const response = await post("/runs", '{"prompt":"hello"}');
    const events = await readEvents(response);
    const run = response.headers.get("Agent-Run");
    await (await fetch(`${base}/runs/none`, { headers: authorization })).text();
    await (await fetch(`${base}/runs`)).text();
    type Observation = { type: string; payload: Record<string, unknown>; agent?: string; name?: string; timestamp: number };
    const observed = (await (await fetch(new URL("/observed", host.url))).json()) as Observation[];
    const of = (type: string): Observation[] => observed.filter((one) => one.type === type);
    expect(of("run:start")).toMatchObject([{ agent: "GuardedAgent", name: "canary", payload: { run, subject: "tester" } }]);
    expect(of("run:end")).toMatchObject([{ payload: { run, state: "finished", events: events.length, durationMs: expect.any(Number) } }]);
    expect(of("run:reader:open")).toMatchObject([{ payload: { run, transport: "sse", after: 0 } }]);
    expect(of("run:reader:close")).toMatchObject([{ payload: { run, transport: "sse", sent: events.length } }]);
    expect(of("run:refused")).toMatchObject([
      { name: "canary", payload: { code: "run_not_found", transport: "http", subject: "tester" } },
      { payload: { code: "unauthorized", transport: "http" } },
    ]);
  });

  it("report the kind and place of a fault", async () => {
    logs.length = 0;
    await readEvents(await post("/runs", '{"prompt":"throw it"}'));
    // What the Worker prints comes another way than its answer.
    const all = await eventually(
      () => Promise.resolve(logs.join("\n")),
      (text) => text.includes("run:fault") && /say .*worker\.js/.test(text),
    );
    expect(all).toMatch(/say .*worker\.js:\d+:\d+/);
  });

  it("are printed by the unmodified Worker, one per line, when LOG_EVENTS is set", async () => {
    const printed: string[] = [];
    const plain = await start({ vars: { LOG_EVENTS: "1" }, log: (message) => printed.push(message) });
    try {
      const url = new URL("/agents/transport-agent/logged/runs", plain.url);
      const response = await fetch(url, { method: "POST", body: JSON.stringify({ prompt: CANARY }) });
      await readEvents(response);
      const run = response.headers.get("Agent-Run") ?? "none";
      await eventually(
        () => Promise.resolve(printed.join("\n")),
        (text) => text.includes("run:reader:close"),
      );
      for (const type of ["run:start", "run:end", "run:reader:open", "run:reader:close"]) {
        expect(printed.filter((line) => line.includes(`'${type}'`) && line.includes(run))).toHaveLength(1);
      }
      expect(printed.join("\n")).not.toContain(CANARY);
    } finally {
      await plain.dispose();
    }
  });
});
