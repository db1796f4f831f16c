import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import type { Grant } from "../src/index.ts";
import { bearer, eventually, info, live, post, range, readEvents, seqs, startOf, textOf, TestSocket, wholeRun } from "./harness.ts";

/** Agents that are reached through their parents only, and have no alarm and no socket of their own: `sub/worker.ts`. */
let host: WorkerHost;
let children = 0;
beforeAll(async () => {
  host = await startOf("sub");
}, 60_000);
afterAll(async () => {
  await host.dispose();
});

const below = (parent: string): string => new URL(`${parent}/sub/child-agent/child-${(children += 1)}`, host.url).href;
const nameOf = (base: string): string => base.slice(base.lastIndexOf("/") + 1);
const connect = (url: string, grant: Grant = { subject: "anyone" }): TestSocket => new TestSocket(url, bearer(grant));
const lives = async (base: string): Promise<number> =>
  ((await (await fetch(new URL("/lives", host.url))).json()) as string[]).filter((name) => name === nameOf(base)).length;

/** The names of the fibers of this agent's whose end its author was told of. */
async function interrupted(base: string): Promise<readonly string[]> {
  const told = (await (await fetch(new URL("/interrupted", host.url))).json()) as string[];
  return told.filter((line) => line.startsWith(`${nameOf(base)}: `)).map((line) => line.slice(nameOf(base).length + 2));
}

async function begun(base: string, prompt = "wait"): Promise<string> {
  const response = await post(`${base}/runs`, { prompt }, { Accept: "application/json" });
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

async function started(socket: TestSocket, prompt: string, acks = false): Promise<string> {
  socket.send({ type: "start", key: crypto.randomUUID(), input: { prompt }, ...(acks && { acks }) });
  const { run } = (await socket.frame(({ type }) => type === "started")) as unknown as { run: { id: string } };
  return run.id;
}

const PARENTS = [
  ["of an agent with runs", "/agents/parent-agent/one"],
  ["of an agent without", "/agents/plain-parent/one"],
  ["of a sub-agent", "/agents/parent-agent/one/sub/child-agent/between"],
  ["of a sub-agent, below an agent without", "/agents/plain-parent/one/sub/child-agent/between"],
] as const;

describe.each(PARENTS)("a sub-agent %s", (_whose, parent) => {
  it("serves its runs over HTTP, under its own URL", async () => {
    const base = below(parent);
    const { pathname } = new URL(base);
    const { id, events } = await wholeRun(base);
    expect(events.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "finished" } });
    expect(seqs(events)).toEqual(range(1, events.length));
    expect(await info(base, id)).toMatchObject({ id, state: "finished", events: `${pathname}/runs/${id}/events` });
    expect(await (await fetch(`${base}/runs`)).json()).toMatchObject({ runs: [{ id }] });
    expect(await (await fetch(base)).json()).toMatchObject({ agent: nameOf(base), runs: `${pathname}/runs` });
    expect((await fetch(`${base}/nowhere`)).status).toBe(404);
    const waiting = await begun(base);
    expect((await post(`${base}/runs/${waiting}/inputs`, { data: "said", key: "k" })).status).toBe(202);
    expect(await (await fetch(`${base}/runs/${waiting}`, { method: "DELETE" })).json()).toMatchObject({ state: "cancelled" });
  });

  it("has an event stream resumed after a drop", async () => {
    const base = below(parent);
    const first = await post(`${base}/runs`, { prompt: "Hello" });
    // Fewer than a short answer has on a busy machine, where tokens are put together.
    const before = await readEvents(first, (events) => events.length >= 5);
    const rest = await readEvents(
      await fetch(`${base}/runs/${first.headers.get("Agent-Run")}/events`, { headers: { "Last-Event-ID": before.at(-1)?.id ?? "" } }),
    );
    expect(seqs([...before, ...rest])).toEqual(range(1, before.length + rest.length));
    expect(textOf([...before, ...rest])).not.toBe("");
    expect(rest.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  });

  it("serves its runs over WebSocket, and resumes them on another socket", async () => {
    const base = below(parent);
    const socket = await connect(`${base}?v=1&heartbeat=5000`).open();
    expect(await socket.frame(() => true)).toEqual({ type: "hello", heartbeat: 5000 });
    const whole = await started(socket, "Hello", true);
    await socket.acknowledge(whole);
    expect((await socket.ended(whole)).at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    const run = await begun(base);
    socket.send({ type: "resume", run });
    await socket.frame((frame) => frame.type === "events" && frame["run"] === run);
    const [first] = socket.events(run);
    socket.socket.terminate();
    await eventually(
      () => live(base),
      ({ readers, sockets }) => readers === 0 && sockets === 0,
    );
    const again = await connect(`${base}?v=1&resume=${run}:${first?.id}`).open();
    again.send({ type: "input", run, key: "k", data: "said" });
    expect(await again.frame(({ type }) => type === "accepted")).toMatchObject({ run, key: "k" });
    again.send({ type: "cancel", run });
    const events = await again.ended(run);
    expect(seqs(events)).toEqual(range(2, events.length + 1));
    expect(events.at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
    again.socket.close();
  });

  it("that died with a run is started again where nobody asks, and its sockets come again", async () => {
    const base = below(parent);
    const socket = await connect(`${base}?v=1`).open();
    const run = await started(socket, "wait");
    await eventually(
      () => lives(base),
      (count) => count === 1,
    );
    await fetch(`${base}/fiber`);
    await fetch(`${base}/crash`);
    await eventually(
      () => lives(base),
      (count) => count > 1,
    );
    await eventually(
      () => interrupted(base),
      (names) => names.length > 0,
    );
    // Of the fiber that held its run, the author is told nothing.
    expect(await interrupted(base)).toEqual(["its author's"]);
    expect(await socket.closed()).toBe(4500);
    expect(socket.frames.at(-1)).toMatchObject({ type: "error", error: { code: "internal", message: expect.stringContaining("again") } });
    const again = await connect(`${base}?v=1&resume=${run}`).open();
    expect((await again.ended(run)).at(-1)?.data).toMatchObject({ data: { state: "interrupted" } });
    again.socket.close();
  });
});

describe.concurrent.each(PARENTS)("a sub-agent %s", (_whose, parent) => {
  it("does not take a reader that pings for a silent one", async () => {
    // A busy machine may stand still for seconds between two pings.
    const heartbeatMs = 3_000;
    const socket = await connect(`${below(parent)}?v=1&heartbeat=${heartbeatMs}`).open();
    const run = await started(socket, "wait");
    const startedAt = performance.now();
    for (let pong = 1; performance.now() - startedAt < heartbeatMs * 2.5; pong++) {
      socket.send('{"type":"ping"}');
      await eventually(
        () => Promise.resolve(socket.frames.filter(({ type }) => type === "pong").length),
        (pongs) => pongs === pong,
      );
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    socket.send({ type: "cancel", run });
    expect((await socket.ended(run)).at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
    expect(socket.frames.filter(({ type }) => type === "error")).toEqual([]);
    socket.socket.close();
  });
});

describe("a socket to a sub-agent", () => {
  const parent = "/agents/parent-agent/one";

  it.each<[string, string, Grant, number]>([
    ["without the right sdk, because nobody knows what its class serves", "?v=1", { subject: "x", rights: ["start", "read"] }, 4403],
    ["below the sub-agent's own path", "/runs?v=1", { subject: "x" }, 4404],
    ["of a class that there is not", "/sub/no-agent/x?v=1", { subject: "x" }, 4404],
  ])("is refused %s", async (_why, query, grant, code) => {
    expect(await connect(below(parent) + query, grant).closed()).toBe(code);
  });

  it("is refused where the class below its parent is none", async () => {
    expect(await connect(new URL(`${parent}/sub/no-agent/x?v=1`, host.url).href).closed()).toBe(4404);
  });

  it("asks for the right of each frame, and is closed when its credentials end", async () => {
    const expiresAt = Date.now() + 2_500;
    const socket = await connect(`${below(parent)}?v=1`, { subject: "x", rights: ["start", "read", "sdk"], expiresAt }).open();
    const run = await started(socket, "wait");
    socket.send({ type: "cancel", run });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ run, error: { code: "forbidden" } });
    expect(await socket.closed()).toBe(4408);
  });
});

it("the runs of a sub-agent are deleted in their time, by the alarm of the agent at the root", async () => {
  const own = await startOf("sub", { vars: { RETENTION_MS: "1000", SCRIPTED_TOKENS_PER_SECOND: "500" } });
  const base = new URL("/agents/parent-agent/one/sub/child-agent/forgets", own.url).href;
  const startedAt = Date.now();
  const { id } = await wholeRun(base);
  const status = async (): Promise<number> => (await fetch(`${base}/runs/${id}`)).status;
  expect(await eventually(status, (code) => code !== 200)).toBe(410);
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1_000);
  await own.dispose();
});

it("what a request to a sub-agent asks for is the right of its method and path", async () => {
  const base = below("/agents/parent-agent/one");
  const run = await begun(base);
  const status = async (grant: Grant, path: string, method = "GET"): Promise<number> =>
    (await fetch(base + path, { method, headers: bearer(grant) })).status;
  const lists: Grant = { subject: "x", rights: ["list"] };
  const reads: Grant = { subject: "x", rights: ["read"] };
  expect([await status(lists, "/runs"), await status(reads, "/runs")]).toEqual([200, 403]);
  expect([await status(lists, `/runs/${run}`), await status(reads, `/runs/${run}`)]).toEqual([403, 200]);
  expect(await status({ ...reads, runs: ["another"] }, `/runs/${run}`)).toBe(404);
  expect([await status(reads, `/runs/${run}`, "DELETE"), await status({ subject: "x" }, `/runs/${run}`, "DELETE")]).toEqual([403, 200]);
  expect(await status({ subject: "x" }, "/tickets", "POST")).toBe(404);
});

it("a Worker that makes the parent a part of the path serves a sub-agent where our clients ask for one", async () => {
  const base = new URL("/of/one/agents/child-agent/asked", host.url).href;
  const { id, events } = await wholeRun(base);
  expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  const socket = await connect(`${base}?v=1&resume=${id}`).open();
  expect((await socket.ended(id)).map(({ id: event }) => event)).toEqual(events.map(({ id: event }) => event));
  expect(await info(base, id)).toMatchObject({ events: `/agents/parent-agent/one/sub/child-agent/asked/runs/${id}/events` });
  socket.socket.close();
});

describe("a path that the Agents SDK reads in another way than it is written", () => {
  const victim = "sub/child-agent/victim/runs";

  it.each([
    ["with an empty segment before it", `//${victim}`],
    ["with an empty segment in it", "/sub//child-agent/victim/runs"],
    ["with an empty segment behind it", "/sub/child-agent/victim//runs"],
    ["below a path of its own", `/x/${victim}`],
    ["behind another sub", `/sub/${victim}`],
    ["behind a class that there is not", `/sub/nope/mallory/${victim}`],
    ["behind a name that is none", `/sub/child-agent/%ff/${victim}`],
  ])("is not found: %s", async (_what, path) => {
    for (const parent of ["/agents/parent-agent/one", "/agents/plain-parent/one"]) {
      await begun(new URL(`${parent}/sub/child-agent/victim`, host.url).href);
      const response = await fetch(new URL(parent + path, host.url));
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: "not_found" } }]);
      expect(await connect(new URL(`${parent}${path}?v=1`, host.url).href).closed()).toBe(4404);
    }
  });

  it("is refused where it names an agent `sub`", async () => {
    const response = await fetch(new URL("/agents/parent-agent/sub/child-agent/victim/runs", host.url));
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "invalid_request" } }]);
  });
});

it("what a request's credentials may do holds for its sub-agent, whatever onBeforeSubAgent makes of its headers and its path", async () => {
  const base = `${below("/agents/parent-agent/one")}-tagged`;
  const one: Grant = { subject: "one", runs: "own" };
  const other: Grant = { subject: "other", runs: "own" };
  const response = await fetch(`${base}/runs`, {
    method: "POST",
    headers: { ...bearer(one), "Content-Type": "application/json" },
    body: JSON.stringify({ prompt: "wait" }),
  });
  const id = response.headers.get("Agent-Run") ?? "";
  await response.body?.cancel();
  const ask = async (grant: Grant, path: string, method = "GET"): Promise<Response> =>
    fetch(base + path, { method, headers: bearer(grant) });
  expect(await (await ask(other, "/runs")).json()).toMatchObject({ runs: [] });
  expect((await ask(other, `/runs/${id}`)).ok).toBe(false);
  expect((await ask(other, `/runs/${id}`, "DELETE")).ok).toBe(false);
  expect(await (await ask(one, "/runs")).json()).toMatchObject({ runs: [{ id, state: "running" }] });
  const socket = await connect(`${base}?v=1`, other).open();
  socket.send({ type: "resume", run: id });
  expect(await socket.frame(() => true)).toMatchObject({ type: "error", run: id });
  socket.send({ type: "start", key: "k", input: { prompt: "wait" } });
  const own = (await socket.frame(({ type }) => type === "started")) as unknown as { run: { id: string } };
  expect(await (await ask(other, "/runs")).json()).toMatchObject({ runs: [{ id: own.run.id }] });
  socket.socket.close();
});

it.each(["/agents/parent-agent/one", "/agents/plain-parent/one"])("a ticket opens one socket at a sub-agent of %s", async (parent) => {
  const response = await post(new URL(`${parent}/tickets`, host.url), {});
  const { ticket } = (await response.json()) as { ticket: string };
  const base = below(parent);
  const socket = await new TestSocket(`${base}?v=1&ticket=${ticket}`).open();
  const run = await started(socket, "Hello");
  expect((await socket.ended(run)).at(-1)?.data).toMatchObject({ data: { state: "finished" } });
  expect(await new TestSocket(`${base}?v=1&ticket=${ticket}`).closed()).toBe(4401);
  socket.socket.close();
});

it("a socket that its sub-agent slept through goes on", async () => {
  const asleep = ["/agents/parent-agent/sleeps", "/agents/plain-parent/sleeps"].map(async (parent) => {
    const socket = await connect(`${below(parent)}?v=1`).open();
    const first = await started(socket, "Hello");
    await socket.ended(first);
    // The runtime lets an agent sleep that was idle for 10 s.
    await new Promise((resolve) => setTimeout(resolve, 14_000));
    const run = await started(socket, "Hello");
    expect((await socket.ended(run)).at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(socket.frames.filter(({ type }) => type === "error")).toEqual([]);
    socket.socket.close();
  });
  await Promise.all(asleep);
}, 40_000);
