/** Each hook of an agent's author, and what is left where it throws: an agent of the hook's name, which has a run, crashes, and throws from then on. */
import type { RunFailure, RunInfo } from "@agent-transports/protocol";
import type { WorkerHost } from "@agent-transports/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, post, readEvents, startOf, TestSocket } from "./harness.ts";

const logs: string[] = [];
let host: WorkerHost;
beforeAll(async () => {
  host = await startOf("throwing", { log: (message) => logs.push(message) });
});
afterAll(() => host.dispose());

const JSON_ONLY = { Accept: "application/json" };

/** An agent with a run that is generated, whose hook throws from now on. @param how `spoil` leaves the object alive */
async function broken(hook: string, how: "break" | "spoil" = "break"): Promise<{ readonly base: string; readonly run: string }> {
  const base = new URL(`/agents/throwing-agent/${hook}-${crypto.randomUUID()}`, host.url).href;
  const response = await post(`${base}/runs`, { prompt: "wait" });
  const run = response.headers.get("Agent-Run") ?? "";
  await readEvents(response, (events) => events.length > 0);
  await fetch(`${base}/${how}`).catch(() => undefined);
  return { base, run };
}

/** What an answer says: the state of a run, or the status and the code of a refusal. */
async function said(response: Response): Promise<string> {
  const body = (await response.json()) as Partial<RunInfo> & { readonly error?: { readonly code: string; readonly message: string } };
  expect(JSON.stringify(body)).not.toContain("of the author's");
  return response.ok ? String(body.state) : `${response.status} ${body.error?.code}`;
}

/** How another run ends, or its refusal. */
async function anotherStart(base: string): Promise<string> {
  const begun = await post(`${base}/runs`, { prompt: "Hello" }, JSON_ONLY);
  const { id } = (await begun.clone().json()) as { readonly id?: string };
  if (id === undefined) return said(begun);
  const events = await readEvents(await fetch(`${base}/runs/${id}/events`));
  const last = events.at(-1)?.data as { readonly data?: { readonly state: string; readonly error?: RunFailure } } | undefined;
  return `${last?.data?.state} ${last?.data?.error?.code}`;
}

/** How often the console names a hook. */
const named = (hook: string): number => logs.filter((line) => line.includes("run:fault") && line.includes(hook)).length;

/** @param read of the run that is there @param cancelled the same @param started what another is answered with, and becomes where it fails */
type Row = readonly [hook: string, read: string, cancelled: string, started: string];

const ROWS: readonly Row[] = [
  ["generate", "interrupted", "interrupted", "failed internal"],
  ["describeError", "running", "cancelled", "failed internal"],
  ["limits", "running", "cancelled", "500 misconfigured"],
  ["refusal", "running", "cancelled", "403 forbidden"],
  ["durability", "running", "cancelled", "500 misconfigured"],
  ["retention", "running", "cancelled", "failed internal"],
  ["recovery", "running", "cancelled", "failed internal"],
  ["recover", "interrupted", "interrupted", "failed internal"],
  ["onConnect", "running", "cancelled", "failed internal"],
  ["onMessage", "running", "cancelled", "failed internal"],
  ["onStart", "500 internal", "500 internal", "500 internal"],
  ["onRequest", "500 internal", "500 internal", "500 internal"],
  ["authorize", "500 internal", "500 internal", "500 internal"],
];

describe("an agent whose author's hook throws", () => {
  it.each(ROWS)("%s: its run is %s, and once it is cancelled %s; another start is %s", async (hook, read, cancelled, started) => {
    const { base, run } = await broken(hook);
    await eventually(
      async () => said(await fetch(`${base}/runs/${run}`)),
      (one) => one === read,
    );
    expect(await said(await fetch(`${base}/runs/${run}`, { method: "DELETE" }))).toBe(cancelled);
    expect(await anotherStart(base)).toBe(started);
  });

  it.each(["limits", "durability", "retention", "recovery"])("%s is named on the console once, however often it is asked", async (hook) => {
    const before = named(hook);
    const { base } = await broken(hook);
    for (let time = 0; time < 3; time++) await said(await post(`${base}/runs`, { prompt: "Hello" }, JSON_ONLY));
    // Whichever test came first.
    expect(named(hook)).toBe(Math.max(1, before));
  });

  it.each(["describeError", "recover", "onStart", "authorize"])("%s is named on the console", (hook) => {
    expect(named(hook)).toBeGreaterThan(0);
  });
});

describe("an agent whose limits() throws", () => {
  it("serves sockets, reads and cancels; it refuses a start, by the hook's name, and the socket goes on", async () => {
    const { base, run } = await broken("limits");
    const socket = await new TestSocket(`${base}?v=1&heartbeat=60000&resume=${run}&acks=1`).open();
    await socket.frame(({ type }) => type === "resumed");
    socket.send({ type: "start", key: "k", input: { prompt: "Hello" } });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({
      frame: "start",
      key: "k",
      error: { code: "misconfigured", message: expect.stringContaining("limits() of the agent's class") },
    });
    socket.send({ type: "input", run, key: "i", data: 1 });
    await socket.frame(({ type, key }) => type === "accepted" && key === "i");
    expect((await post(`${base}/runs/${run}/inputs`, { data: 2, key: "j" })).status).toBe(202);
    socket.send({ type: "cancel", run });
    await socket.frame(({ type }) => type === "cancelled");
    expect((await socket.ended(run)).at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
    socket.socket.close();
  });

  const large = (run: string): object => ({ type: "input", run, key: "l", data: "x".repeat(1_500_000) });

  it("goes by what it said last in this life, be that more or less than the defaults", async () => {
    const { base, run } = await broken("limits-own", "spoil");
    const socket = await new TestSocket(`${base}?v=1&heartbeat=60000&resume=${run}&acks=1`).open();
    socket.send(large(run));
    await socket.frame(({ type, key }) => type === "accepted" && key === "l");
    expect((await post(`${base}/runs/${run}/inputs`, { data: "x".repeat(1_500_000), key: "h" })).status).toBe(202);
    socket.send({ type: "resume", run: "another" });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "too_many_requests", limit: 1 } });
    socket.socket.close();
  });

  it("and has said nothing in this life, refuses for now, and not for good, what is beyond the defaults", async () => {
    const { base, run } = await broken("limits-own");
    const refused = await post(`${base}/runs/${run}/inputs`, { data: "x".repeat(1_500_000), key: "h" });
    expect([refused.status, await refused.json()]).toMatchObject([500, { error: { code: "misconfigured" } }]);
    const socket = await new TestSocket(`${base}?v=1&heartbeat=60000&resume=${run}&acks=1`).open();
    await socket.frame(({ type }) => type === "resumed");
    socket.send(large(run));
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ frame: "input", error: { code: "misconfigured" } });
    expect(await socket.closed()).toBe(4429);
  });
});

it("a limits() that throws a RequestError is named on the console once, however many frames come", async () => {
  const { base, run } = await broken("refusal");
  const socket = await new TestSocket(`${base}?v=1&heartbeat=60000&resume=${run}&acks=1`).open();
  const first = (await socket.frame(({ type }) => type === "events"))["id"];
  for (let ack = 0; ack < 10; ack++) socket.send({ type: "ack", run, id: first });
  socket.send({ type: "cancel", run });
  await socket.frame(({ type }) => type === "cancelled");
  const told = logs.filter((line) => line.includes("RequestError"));
  expect(told).toEqual([expect.stringMatching(/run:fault[^]*limits/)]);
  socket.socket.close();
});

it("a setting that is async is refused by its name, and never taken for the default", async () => {
  const { base } = await broken("promise");
  const refused = await post(`${base}/runs`, { prompt: "Hello" }, JSON_ONLY);
  expect([refused.status, await refused.json()]).toMatchObject([
    500,
    { error: { code: "misconfigured", message: expect.stringContaining("durability() gave a promise") } },
  ]);
});

it("an onMessage() that throws is named on the console, and its socket stays", async () => {
  const { base } = await broken("onMessage");
  const socket = await new TestSocket(base).open();
  socket.send("nothing of the SDK's");
  await eventually(
    () => Promise.resolve(named("onMessage")),
    (times) => times > 0,
  );
  socket.send({ type: "rpc", id: "1", method: "own", args: [] });
  expect(await socket.frame(({ type }) => type === "rpc")).toMatchObject({ success: true, result: "the author's own" });
  socket.socket.close();
});
