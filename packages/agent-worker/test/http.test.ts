import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { EventSource } from "eventsource";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { info, post, range, readEvents, segment, seqs, start, wholeRun } from "./harness.ts";

let host: WorkerHost;
let base: string;
beforeAll(async () => {
  host = await start();
  base = new URL(`${segment}/http`, host.url).href;
});
afterAll(() => host.dispose());

const curl = (...args: string[]): Promise<{ stdout: string }> => promisify(execFile)("curl", ["-sS", ...args]);
const prompt = { prompt: "Write me a Cloudflare Worker" };
/** Not over before it is cancelled. */
const long = { prompt: "Write 20000 words at 100 tokens/s." };

describe("Cloudflare's curl", () => {
  it.each([
    ["by path", () => base],
    ["by ?agent-id=", () => new URL("/?agent-id=demo", host.url).href],
    ["with neither", () => new URL("/", host.url).href],
  ])("prints the answer as plain text, %s", async (_how, url) => {
    const { stdout } = await curl("-d", JSON.stringify(prompt), url());
    expect(stdout.length).toBeGreaterThan(100);
    expect(stdout).not.toContain("data:");
  });

  it("prints the answer as it is generated, not at the end", async () => {
    const own = new URL(`${segment}/printed`, host.url).href;
    const child = spawn("curl", ["-sSN", "-d", JSON.stringify(long), own]);
    const closed = once(child, "close");
    let pieces = 0;
    for await (const _ of child.stdout) {
      pieces += 1;
      if (pieces > 10) break;
    }
    expect(pieces).toBeGreaterThan(10);
    // And the run goes on.
    const { runs } = (await (await fetch(`${own}/runs`)).json()) as { runs: { id: string }[] };
    expect(runs).toMatchObject([{ state: "running" }]);
    await (await fetch(`${own}/runs/${runs[0]!.id}`, { method: "DELETE" })).arrayBuffer();
    child.kill();
    await closed;
  });

  it("follows an event stream with -N, ids included", async () => {
    const { stdout } = await curl("-N", "-d", JSON.stringify(prompt), `${base}/runs`);
    const ids = [...stdout.matchAll(/^id: (.*)$/gm)].map(([, id]) => ({ id: id ?? "" }));
    expect(seqs(ids)).toEqual(range(1, ids.length));
    expect(stdout).toContain('"type":"data-run-end"');
    expect(stdout).not.toContain("[DONE]");
  });
});

describe("a run over HTTP", () => {
  it("streams every event once, and ends in exactly one terminal event", async () => {
    const { events, id } = await wholeRun(base);
    expect(seqs(events)).toEqual(range(1, events.length));
    expect(events.filter(({ data }) => data.type === "data-run-end")).toHaveLength(1);
    expect(events.at(-1)?.data).toEqual({ type: "data-run-end", data: { state: "finished" }, transient: true });
    expect(await info(base, id)).toMatchObject({ id, state: "finished", lastEventId: events.at(-1)?.id, error: null });
  });

  it("has the headers that keep proxies from buffering it", async () => {
    const response = await post(`${base}/runs`, prompt);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
      "agent-heartbeat": "5000",
    });
    await response.body?.cancel();
  });

  it("names its run, its events' path and the AI SDK's stream in the headers of its stream", async () => {
    const response = await post(`${base}/runs`, prompt);
    const events = await readEvents(response);
    const id = response.headers.get("Agent-Run");
    const path = `${segment}/http/runs/${id}/events`;
    expect(response.headers.get("Content-Location")).toBe(path);
    const again = await fetch(new URL(path, host.url));
    expect(await readEvents(again)).toEqual(events);
    for (const { headers } of [response, again]) {
      expect([headers.get("x-vercel-ai-ui-message-stream"), headers.get("Agent-Run")]).toEqual(["v1", id]);
    }
    const joined = await post(`${base}/runs`, { ...prompt, key: "named" }, { Accept: "application/json" });
    expect(joined.headers.get("Agent-Run")).toBe(((await joined.json()) as { id: string }).id);
  });

  it("takes its key, and that of an input, from Idempotency-Key, unless the body has one", async () => {
    const started = async (body: object, key: string): Promise<[number, string]> => {
      const response = await post(`${base}/runs`, { ...prompt, ...body }, { Accept: "application/json", "Idempotency-Key": key });
      return [response.status, ((await response.json()) as { id: string }).id];
    };
    const [, one] = await started({}, "header-1");
    expect(await started({}, "header-1")).toEqual([200, one]);
    const [status, two] = await started({ key: "body-2" }, "header-1");
    expect(status).toBe(201);
    expect(two).not.toBe(one);
    expect(await started({}, "body-2")).toEqual([200, two]);

    const slow = await start({ vars: { SCRIPTED_TOKENS_PER_SECOND: "0.01" } });
    try {
      const runs = new URL(`${segment}/keys/runs`, slow.url).href;
      const { id } = (await (await post(runs, prompt, { Accept: "application/json" })).json()) as { id: string };
      const input = async (body: object): Promise<unknown> =>
        (await post(`${runs}/${id}/inputs`, { data: 1, ...body }, { "Idempotency-Key": "header" })).json();
      const first = await input({});
      expect(first).toMatchObject({ key: "header" });
      expect(await input({})).toEqual(first);
      expect(await input({ key: "body" })).toMatchObject({ key: "body" });
    } finally {
      await slow.dispose();
    }
  });

  it("resumes behind Last-Event-ID, or ?after=, and behind the header where both are there", async () => {
    const { id, events } = await wholeRun(base);
    const resumed = async (query: string, headers: Record<string, string> = {}): Promise<number[]> =>
      seqs(await readEvents(await fetch(`${base}/runs/${id}/events${query}`, { headers })));
    const behind = (seq: number): number[] => range(seq + 1, events.length);
    const [third, sixth] = [events[2]!.id, events[5]!.id];
    expect(await resumed(`?after=${sixth}`)).toEqual(behind(6));
    expect(await resumed("", { "Last-Event-ID": third })).toEqual(behind(3));
    expect(await resumed(`?after=${sixth}`, { "Last-Event-ID": third })).toEqual(behind(3));
    expect(await resumed(`?after=${third}`, { "Last-Event-ID": sixth })).toEqual(behind(6));
  });

  it("answers 201 with the run when JSON is requested, and 200 to the same key again", async () => {
    const body = { ...prompt, key: "json-1" };
    const first = await post(`${base}/runs`, body, { Accept: "application/json" });
    const second = await post(`${base}/runs`, body, { Accept: "application/json" });
    expect([first.status, second.status]).toEqual([201, 200]);
    const run = (await first.json()) as { id: string };
    expect(first.headers.get("Location")).toBe(`${segment}/http/runs/${run.id}`);
    expect(await second.json()).toMatchObject({ id: run.id });
  });

  it("refuses a key that started another input", async () => {
    await post(`${base}/runs`, { ...prompt, key: "reused" }, { Accept: "application/json" });
    const response = await post(`${base}/runs`, { prompt: "Something else", key: "reused" });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ error: { code: "key_reused" } });
  });

  it("resumes from every event of a finished run", async () => {
    const { id, events } = await wholeRun(base);
    for (const [index, event] of events.slice(0, -1).entries()) {
      const response = await fetch(`${base}/runs/${id}/events`, { headers: { "Last-Event-ID": event.id } });
      expect(await readEvents(response)).toEqual(events.slice(index + 1));
    }
    expect(await readEvents(await fetch(`${base}/runs/${id}/events?after=${events[3]?.id}`))).toEqual(events.slice(4));
    expect((await fetch(`${base}/runs/${id}/events?after=${events.at(-1)?.id}`)).status).toBe(204);
  });

  it("resumes a live run with no gap and no overlap, however often its reader leaves", async () => {
    const response = await post(`${base}/runs`, prompt);
    const id = response.headers.get("Agent-Run") ?? "";
    const events = await readEvents(response, (seen) => seen.length >= 3);
    while (events.at(-1)?.data.type !== "data-run-end") {
      const more = await fetch(`${base}/runs/${id}/events`, { headers: { "Last-Event-ID": events.at(-1)?.id ?? "" } });
      events.push(...(await readEvents(more, (seen) => seen.length >= 7)));
    }
    expect(seqs(events)).toEqual(range(1, events.length));
  });

  it("continues when its reader has left", async () => {
    const response = await post(`${base}/runs`, prompt);
    const id = response.headers.get("Agent-Run") ?? "";
    await readEvents(response, (seen) => seen.length >= 1);
    const whole = await readEvents(await fetch(`${base}/runs/${id}/events`));
    expect(whole.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  });

  it.each([
    ["malformed", 400, () => "nonsense"],
    ["malformed", 400, (epoch: string) => `${epoch}.01`],
    ["malformed", 400, (epoch: string) => `${epoch}.-1`],
    ["malformed", 400, (epoch: string) => `${epoch}.9007199254740993`],
    ["malformed", 400, () => "x".repeat(10_000)],
    ["unknown_epoch", 409, () => "other.1"],
    ["beyond_tail", 409, (epoch: string) => `${epoch}.999999`],
  ])("gives the reason when it cannot resume: %s, %i", async (reason, status, cursor) => {
    const { id, events } = await wholeRun(base);
    const after = cursor(events[0]?.id.split(".")[0] ?? "");
    const response = await fetch(`${base}/runs/${id}/events?after=${after}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: "cannot_resume", reason } });
  });

  it("accepts each input once by its key, and refuses inputs when it has ended", async () => {
    const response = await post(`${base}/runs`, long);
    const id = response.headers.get("Agent-Run") ?? "";
    const [one, again] = [
      await post(`${base}/runs/${id}/inputs`, { data: { n: 1 }, key: "k" }),
      await post(`${base}/runs/${id}/inputs`, { data: { n: 1 }, key: "k" }),
    ];
    expect([one.status, again.status]).toEqual([202, 202]);
    const answer = (await one.json()) as { id: string };
    expect(await again.json()).toEqual(answer);
    await (await fetch(`${base}/runs/${id}`, { method: "DELETE" })).arrayBuffer();
    const events = await readEvents(response);
    expect(events.filter(({ data }) => data.type === "data-input")).toEqual([
      { id: answer.id, data: { type: "data-input", id: "k", data: { n: 1 }, transient: true } },
    ]);
    const late = await post(`${base}/runs/${id}/inputs`, { data: 1 });
    expect(late.status).toBe(409);
    expect(await late.json()).toMatchObject({ error: { code: "run_ended" } });
  });

  it("is cancelled for every reader, and repeating that is harmless", async () => {
    const response = await post(`${base}/runs`, long);
    const id = response.headers.get("Agent-Run") ?? "";
    const states = [];
    for (let n = 0; n < 2; n++)
      states.push(((await (await fetch(`${base}/runs/${id}`, { method: "DELETE" })).json()) as { state: string }).state);
    expect(states).toEqual(["cancelled", "cancelled"]);
    const events = await readEvents(response);
    expect(events.slice(-2).map(({ data }) => data.type)).toEqual(["abort", "data-run-end"]);
  });

  it("is listed, newest first, page by page", async () => {
    const list = new URL(`${segment}/listed`, host.url).href;
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await wholeRun(list)).id);
    const first = (await (await fetch(`${list}/runs?limit=3`)).json()) as { runs: { id: string }[]; next: string };
    expect(first.runs.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    const second = (await (await fetch(`${list}/runs?limit=3&before=${first.next}`)).json()) as { runs: { id: string }[]; next: null };
    expect(second.runs.map(({ id }) => id)).toEqual(ids.slice(3));
    expect(second.next).toBeNull();
  });

  it("is followed by a plain EventSource, which stops at its end", async () => {
    const started = (await (await post(`${base}/runs`, prompt, { Accept: "application/json" })).json()) as { id: string; events: string };
    const source = new EventSource(new URL(started.events, host.url));
    const ids: { id: string }[] = [];
    source.addEventListener("message", ({ lastEventId }) => ids.push({ id: lastEventId }));
    // The stream ends, EventSource comes back with its last id, is answered 204, and stops.
    await new Promise<void>((resolve) => source.addEventListener("error", () => source.readyState === source.CLOSED && resolve()));
    expect(seqs(ids)).toEqual(range(1, ids.length));
    expect(ids.at(-1)?.id).toBe((await info(base, started.id)).lastEventId);
  });
});

describe("an invalid request", () => {
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  it.each([
    ["a body that is not JSON", "/runs", "POST", "{", 400, "invalid_json"],
    ["an empty body", "/runs", "POST", "", 400, "empty_body"],
    ["a body of another kind", "/runs", "POST", "[]", 400, "invalid_request"],
    ["a prompt that is not a string", "/runs", "POST", '{"prompt":1}', 400, "invalid_request"],
    ["an empty prompt", "/runs", "POST", '{"prompt":""}', 400, "invalid_request"],
    ["two inputs", "/runs", "POST", '{"prompt":"a","messages":[]}', 400, "invalid_request"],
    ["a body nested far too deep", "/runs", "POST", `{"prompt":${deep}}`, 400, "invalid_request"],
    ["__proto__ for a prompt", "/runs", "POST", '{"__proto__":{"prompt":"x"}}', 400, "invalid_request"],
    ["the same at Cloudflare's URL", "", "POST", '{"prompt":1}', 400, "invalid_request"],
    ["no such run", "/runs/none", "GET", undefined, 404, "run_not_found"],
    ["no such path", "/nothing", "GET", undefined, 404, "not_found"],
    ["another method", "/runs", "PUT", "{}", 405, "method_not_allowed"],
    ["a limit that is not a number", "/runs?limit=x", "GET", undefined, 400, "invalid_request"],
  ])("%s gets a typed error without a stack", async (_what, path, method, body, status, code) => {
    const response = await fetch(base + path, { method, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    expect({ status: response.status, ...(JSON.parse(text) as object) }).toMatchObject({ status, error: { code } });
    expect(text).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it.each(["a%2F..%2Fb", "%00", "x".repeat(10_000), "a b"])(
    "an agent's name such as %s is refused before any object is made",
    async (name) => {
      const response = await fetch(new URL(`/?agent-id=${name}`, host.url));
      expect([400, 414]).toContain(response.status);
    },
  );

  it("does not disturb another run", async () => {
    const running = post(`${base}/runs`, prompt);
    await Promise.all(Array.from({ length: 20 }, () => post(`${base}/runs`, "{")));
    const events = await readEvents(await running);
    expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  });
});
