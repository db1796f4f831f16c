import { setTimeout as pause } from "node:timers/promises";
import { PING_FRAME } from "@agent-transports/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { bearer, eventually, range, readEvents, seqs, startGuarded, startProvider, TestSocket } from "./harness.ts";

const delta = (content: string): string =>
  `data: ${JSON.stringify({ id: "1", created: 0, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

let host: WorkerHost;
let provider: Awaited<ReturnType<typeof startProvider>>;
beforeAll(async () => {
  provider = await startProvider((request, response) => {
    let body = "";
    request.on("data", (data) => (body += String(data)));
    request.on("end", () => {
      const [, status] = /status-(\d+)/.exec(body) ?? [];
      if (status !== undefined) response.writeHead(Number(status), { "Content-Type": "application/json" }).end('{"error":{"message":"m"}}');
      else if (body.includes("never")) return; // Not even a status.
      else if (body.includes("falls silent")) response.writeHead(200, { "Content-Type": "text/event-stream" }).write(delta("Half "));
      else response.writeHead(200, { "Content-Type": "text/html" }).end("<p>Not a model.</p>");
    });
  });
  host = await startGuarded({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
}, 60_000);
afterAll(async () => {
  await host.dispose();
  provider.close();
});

const headers = bearer({ subject: "tester" });
const fresh = (): string => new URL(`/agents/guarded-agent/${crypto.randomUUID()}`, host.url).href;
const begin = (base: string, prompt: string): Promise<Response> =>
  fetch(`${base}/runs`, { method: "POST", headers, body: JSON.stringify({ prompt }) });
const follow = (base: string, run: string, after = ""): Promise<Response> =>
  fetch(`${base}/runs/${run}/events?after=${after}`, { headers });

interface Observation {
  readonly type: string;
  readonly payload: { readonly run?: string; readonly state?: string };
}
/** What the Worker was told of, without asking, and so without waking, the agent. */
const observed = async (): Promise<Observation[]> => (await (await fetch(new URL("/observed", host.url))).json()) as Observation[];

describe("a provider that", () => {
  it.each([
    ["answers 500", "model status-500", { code: "model_error", status: 500 }],
    ["answers 503", "model status-503", { code: "model_error", status: 503 }],
    ["answers 429", "model status-429", { code: "model_error", status: 429 }],
    ["never answers", "model never", { code: "model_timeout" }],
    ["falls silent in the middle", "model falls silent", { code: "model_timeout" }],
    ["never answers, with a long limit for the whole answer", "silent never", { code: "model_timeout" }],
    ["falls silent, with a long limit for the whole answer", "silent falls silent", { code: "model_timeout" }],
    ["is not a model", "model html", { code: "model_stream_broken" }],
  ])("%s ends the run in one typed event, over both transports", async (_what, prompt, error) => {
    const base = fresh();
    const response = await begin(base, prompt);
    const events = await readEvents(response);
    expect(events.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "failed", error } });
    expect(events.filter(({ data }) => data.type === "data-run-end")).toHaveLength(1);
    expect(events.at(-2)?.data.type).toBe("error");
    expect(events.map(({ data }) => data.type)).not.toContain("abort");
    const socket = await new TestSocket(`${base}?v=1&resume=${response.headers.get("Agent-Run")}`, headers).open();
    expect(await socket.ended(response.headers.get("Agent-Run") ?? "")).toEqual(events);
    socket.socket.close();
  });
});

describe("an agent that dies while it answers, by ctx.abort()", () => {
  it("disconnects its readers, which find the delivered events unchanged and the end when they return", async () => {
    const base = fresh();
    const response = await begin(base, "wait");
    const run = response.headers.get("Agent-Run") ?? "";
    const seen = await readEvents(response, (events) => events.length >= 10);
    const socket = await new TestSocket(`${base}?v=1&resume=${run}`, headers).open();
    await socket.frame(({ type }) => type === "events");
    await fetch(`${base}/crash`, { headers });
    const back = Date.now();
    const events = await readEvents(await follow(base, run));
    expect(events.slice(0, seen.length)).toEqual(seen);
    const had = socket.events(run);
    expect(events.slice(0, had.length)).toEqual(had);
    expect(seqs(events)).toEqual(range(1, events.length));
    expect(events.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "interrupted", error: { code: "interrupted" } } });
    const { endedAt } = (await (await fetch(`${base}/runs/${run}`, { headers })).json()) as { endedAt: string };
    expect(Date.parse(endedAt) - back).toBeLessThan(20_000);
  });

  it("is woken by its own alarm, without a request, and then ends the run", async () => {
    const base = fresh();
    const response = await begin(base, "wait");
    const run = response.headers.get("Agent-Run") ?? "";
    await readEvents(response, (events) => events.length >= 10);
    await fetch(`${base}/crash`, { headers });
    const ended = await eventually(observed, (all) => all.some(({ type, payload }) => type === "run:end" && payload.run === run));
    expect(ended.find(({ type, payload }) => type === "run:end" && payload.run === run)?.payload.state).toBe("interrupted");
  }, 90_000);

  it("repeatedly: no delivered event changes, and each run ends once", async () => {
    const base = fresh();
    for (let round = 0; round < 20; round++) {
      const response = await begin(base, "wait");
      const run = response.headers.get("Agent-Run") ?? "";
      const seen = await readEvents(response, (events) => events.length >= 1 + (round % 5) * 3);
      await fetch(`${base}/crash`, { headers });
      const rest = await readEvents(await follow(base, run, seen.at(-1)?.id));
      const whole = await readEvents(await follow(base, run));
      expect([...seen, ...rest]).toEqual(whole);
      expect(whole.filter(({ data }) => data.type === "data-run-end")).toHaveLength(1);
    }
  });
});

describe("an agent that was evicted", () => {
  it("is not woken by pings, and keeps its open socket and its log when it starts again", async () => {
    const base = fresh();
    const life = async (): Promise<string> => (await fetch(`${base}/life`, { headers })).text();
    const response = await begin(base, "short");
    const run = response.headers.get("Agent-Run") ?? "";
    const events = await readEvents(response);
    const socket = await new TestSocket(`${base}?v=1&heartbeat=1000`, headers).open();
    const first = await life();
    const ping = setInterval(() => socket.send(PING_FRAME), 1_000);
    // The runtime evicts what was idle for ten seconds: to ask more often would keep it alive.
    const second = await eventually(
      () => pause(12_000).then(life),
      (now) => now !== first,
    );
    clearInterval(ping);
    expect(second).not.toBe(first);
    expect(socket.frames.filter(({ type }) => type === "pong").length).toBeGreaterThan(5);
    socket.send({ type: "resume", run, after: events[2]?.id });
    expect(await socket.ended(run)).toEqual(events.slice(3));
    socket.socket.close();
  }, 90_000);
});
