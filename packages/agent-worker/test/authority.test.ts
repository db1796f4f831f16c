import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventSource } from "eventsource";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import type { Grant } from "../src/index.ts";
import { bearer, LIFETIME_MS, pastTime, readEvents, startGuarded, TestSocket } from "./harness.ts";

let storage: string;
let host: WorkerHost;
let base: string;
beforeAll(async () => {
  storage = await mkdtemp(join(tmpdir(), "guarded-"));
  host = await startGuarded({ persistTo: storage });
  base = new URL("/agents/guarded-agent/one", host.url).href;
}, 60_000);
afterAll(async () => {
  await host.dispose();
  await rm(storage, { recursive: true, force: true });
});

const alice: Grant = { subject: "alice", runs: "own" };
const bob: Grant = { subject: "bob", runs: "own" };
const anyone: Grant = { subject: "anyone" };

const call = (path: string, grant: Grant | string, method = "GET", body?: unknown): Promise<Response> =>
  fetch(base + path, { method, headers: bearer(grant), ...(body !== undefined && { body: JSON.stringify(body) }) });
const connect = (grant: Grant | string, query = ""): TestSocket => new TestSocket(`${base}?v=1${query}`, bearer(grant));
const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { error: { code: string } }).error.code;

async function begin(grant: Grant, prompt = "hello", more: object = {}): Promise<string> {
  const response = await fetch(`${base}/runs`, {
    method: "POST",
    headers: { ...bearer(grant), Accept: "application/json" },
    body: JSON.stringify({ prompt, ...more }),
  });
  return ((await response.json()) as { id: string }).id;
}

const ticket = async (grant: Grant, body: object = {}): Promise<string> => {
  const response = await call("/tickets", grant, "POST", body);
  expect(response.status).toBe(201);
  return ((await response.json()) as { ticket: string }).ticket;
};
const open = (path: string, with_: string): Promise<Response> => fetch(`${base}${path}?ticket=${with_}`);

/** A socket, the frame that is sent on it, and the code of the error that comes back. */
async function refusal(grant: Grant, frame: object): Promise<unknown> {
  const socket = await connect(grant).open();
  socket.send(frame);
  const { error } = await socket.frame(({ type }) => type === "error");
  socket.socket.close();
  return (error as { code: string }).code;
}

const routes: readonly (readonly [method: string, path: string, body?: unknown])[] = [
  ["POST", "", { prompt: "x" }],
  ["POST", "/runs", { prompt: "x" }],
  ["GET", ""],
  ["GET", "/runs"],
  ["GET", "/runs/r"],
  ["GET", "/runs/r/events"],
  ["GET", "/runs/r/stream"],
  ["POST", "/runs/r/inputs", { data: 1 }],
  ["POST", "/runs/r/inputs", { inputs: [{ key: "k", data: 1 }] }],
  ["DELETE", "/runs/r"],
  ["POST", "/tickets", {}],
  ["OPTIONS", "/runs"],
];

describe("without valid credentials", () => {
  const files = async (): Promise<number> => (await readdir(storage, { recursive: true })).length;

  it("every path answers 401 and every socket closes with 4401, and no agent is created", async () => {
    await call("", anyone); // One that is let in, so that the storage is there to look at.
    const before = await files();
    const other = new URL("/agents/guarded-agent/never", host.url).href;
    for (const headers of [{}, bearer("wrong"), { Authorization: "Basic d3Jvbmc=" }]) {
      for (const [method, path, body] of routes) {
        const response = await fetch(other + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
        expect([method, path, response.status, response.headers.get("WWW-Authenticate")]).toEqual([method, path, 401, "Bearer"]);
        expect(await codeOf(response)).toBe("unauthorized");
      }
      for (const query of ["?v=1", "?v=1&resume=r", "", "?v=1&ticket=forged"]) {
        expect(await new TestSocket(other + query, headers).closed()).toBe(4401);
      }
    }
    expect(await files()).toBe(before);
  });

  it("a hook that throws refuses the request without a reason", async () => {
    const response = await call("/runs", "throw-canary");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("canary");
    expect(await connect("throw-canary").closed()).toBe(4500);
  });

  it("a preflight is allowed, because browsers send it without credentials", async () => {
    const headers = { Origin: new URL(base).origin, "Access-Control-Request-Method": "POST" };
    expect((await fetch(`${base}/runs`, { method: "OPTIONS", headers })).status).toBe(204);
  });

  it("a connection is opened beforehand with any credentials that hold, and no agent is created", async () => {
    await call("", anyone);
    const before = await files();
    const other = new URL("/agents/guarded-agent/never/runs", host.url).href;
    const answers = [{ ...anyone, rights: ["read" as const] }, { ...anyone, expiresAt: Date.now() - 1 }, "wrong"].map(async (grant) => {
      const response = await fetch(other, { method: "OPTIONS", headers: bearer(grant) });
      return response.ok ? response.status : [response.status, await codeOf(response)];
    });
    expect(await Promise.all(answers)).toEqual([204, [401, "unauthorized"], [401, "unauthorized"]]);
    expect(await files()).toBe(before);
  });
});

describe("a right", () => {
  let run: string;
  beforeAll(async () => {
    run = await begin(anyone, "wait");
  });
  afterAll(() => call(`/runs/${run}`, anyone, "DELETE"));

  const http: { right: string; method: string; path: () => string; body?: unknown }[] = [
    { right: "start", method: "POST", path: () => "", body: { prompt: "x" } },
    { right: "start", method: "POST", path: () => "/runs", body: { prompt: "x" } },
    { right: "read", method: "GET", path: () => "" },
    { right: "read", method: "GET", path: () => `/runs/${run}` },
    { right: "read", method: "GET", path: () => `/runs/${run}/events` },
    { right: "read", method: "GET", path: () => `/runs/${run}/stream` },
    { right: "list", method: "GET", path: () => "/runs" },
    { right: "input", method: "POST", path: () => `/runs/${run}/inputs`, body: { data: 1 } },
    { right: "input", method: "POST", path: () => `/runs/${run}/inputs`, body: { inputs: [{ key: "k", data: 1 }, { key: "" }] } },
    { right: "cancel", method: "DELETE", path: () => `/runs/${run}` },
  ];
  it.each(http)("to $right is required by $method", async ({ right, method, path, body }) => {
    const rights = (["start", "read", "list", "input", "cancel"] as const).filter((one) => one !== right);
    const response = await call(path(), { subject: "limited", rights }, method, body);
    expect([response.status, await codeOf(response)]).toEqual([403, "forbidden"]);
  });

  const frames: readonly (readonly [right: string, frame: () => object])[] = [
    ["start", () => ({ type: "start", key: "k", input: { prompt: "x" } })],
    ["read", () => ({ type: "resume", run })],
    ["input", () => ({ type: "input", run, key: "k", data: 1 })],
    ["cancel", () => ({ type: "cancel", run })],
  ];
  it.each(frames)("to %s is required by the frame", async (right, frame) => {
    const rights = (["start", "read", "list", "input", "cancel"] as const).filter((one) => one !== right);
    expect(await refusal({ subject: "limited", rights }, frame())).toBe("forbidden");
  });

  it("to start includes reading the started run to its end, also for a reader that acknowledges", async () => {
    const socket = await connect({ subject: "starter", rights: ["start"] }).open();
    socket.send({ type: "start", key: "long", input: { prompt: "x".repeat(200_000) }, acks: true });
    const marked = await socket.frame((frame) => frame["ack"] === true);
    const started = await socket.frame(({ type }) => type === "started");
    const { id } = started["run"] as { id: string };
    await socket.ended(id);
    socket.send({ type: "ack", run: id, id: marked["id"] });
    socket.send({ type: "start", key: "waits", input: { prompt: "wait".padEnd(200_000) }, acks: true });
    const second = await socket.frame((frame) => frame.type === "events" && frame["run"] !== id && frame["ack"] === true);
    socket.send({ type: "ack", run: second["run"], id: second["id"] });
    socket.send({ type: "resume", run: "none" });
    const refused = await socket.frame(({ type }) => type === "error");
    expect(refused).toMatchObject({ frame: "resume", error: { code: "forbidden" } });
    socket.socket.close();
    await call(`/runs/${String(second["run"])}`, anyone, "DELETE");
  });

  it("to read is required by a resume in the handshake", async () => {
    const socket = await connect({ subject: "limited", rights: ["list"] }, `&resume=${run}`).open();
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ run, error: { code: "forbidden" } });
    socket.socket.close();
  });

  it("to use the SDK's frames is required by a socket without v=1", async () => {
    expect(await new TestSocket(base, bearer({ subject: "limited", rights: ["start", "read"] })).closed()).toBe(4403);
    const socket = await new TestSocket(base, bearer({ subject: "limited", rights: ["sdk"] })).open();
    socket.socket.close();
  });
});

describe("another subject's run", () => {
  it("does not exist, over either transport", async () => {
    const run = await begin(alice, "wait");
    try {
      for (const [method, path, body] of [
        ["GET", `/runs/${run}`],
        ["GET", `/runs/${run}/events`],
        ["POST", `/runs/${run}/inputs`, { data: 1 }],
        ["POST", `/runs/${run}/inputs`, { inputs: [{ key: "k", data: 1 }] }],
        ["DELETE", `/runs/${run}`],
      ] as const) {
        const response = await call(path, bob, method, body);
        expect([method, response.status, await codeOf(response)]).toEqual([method, 404, "run_not_found"]);
      }
      for (const frame of [
        { type: "resume", run },
        { type: "input", run, key: "k", data: 1 },
        { type: "cancel", run },
      ]) {
        expect(await refusal(bob, frame)).toBe("run_not_found");
      }
      const listed = async (grant: Grant): Promise<string[]> =>
        ((await (await call("/runs?limit=100", grant)).json()) as { runs: { id: string }[] }).runs.map(({ id }) => id);
      expect(await listed(bob)).not.toContain(run);
      expect(await listed(alice)).toContain(run);
      expect((await call(`/runs/${run}`, alice)).status).toBe(200);
    } finally {
      await call(`/runs/${run}`, alice, "DELETE");
    }
  });

  it("cannot be joined by its key", async () => {
    const body = { prompt: "hello", key: "shared" };
    expect((await call("/runs", alice, "POST", body)).status).toBe(200);
    const same = await call("/runs", bob, "POST", body);
    expect(same.status).toBe(422);
    // Whose it is, and whether it began with the same words, is not said.
    const refusal = await same.json();
    expect(refusal).toEqual({ error: { code: "key_reused", message: expect.any(String) } });
    expect(await (await call("/runs", bob, "POST", { ...body, prompt: "other" })).json()).toEqual(refusal);
  });

  it("does not hide one's own run of the same chat id", async () => {
    const run = await begin(alice, "wait", { id: "chat" });
    await begin(bob, "hello", { id: "chat" });
    const response = await call("/runs/chat/stream", alice);
    expect([response.status, response.headers.get("Agent-Run")]).toEqual([200, run]);
    await response.body?.cancel();
    await call(`/runs/${run}`, alice, "DELETE");
  });

  it("is found by its chat only with credentials that name it", async () => {
    const run = await begin(anyone, "wait", { id: "named" });
    const other = await begin(anyone);
    const response = await call("/runs/named/stream", { subject: "carol", runs: [run] });
    expect([response.status, response.headers.get("Agent-Run")]).toEqual([200, run]);
    await response.body?.cancel();
    expect((await call("/runs/named/stream", { subject: "carol", runs: [other] })).status).toBe(204);
    await call(`/runs/${run}`, anyone, "DELETE");
  });

  it("does not exist for credentials that name other runs", async () => {
    const [one, two] = [await begin(anyone), await begin(anyone)];
    const grant: Grant = { subject: "carol", runs: [one] };
    expect((await call(`/runs/${one}`, grant)).status).toBe(200);
    expect((await call(`/runs/${two}`, grant)).status).toBe(404);
    expect(await refusal(grant, { type: "resume", run: two })).toBe("run_not_found");
    expect(await refusal(grant, { type: "start", key: "k", input: { prompt: "x" } })).toBe("forbidden");
  });
});

const short = (): Grant & { readonly expiresAt: number } => ({ subject: "short", expiresAt: Date.now() + LIFETIME_MS });

describe.concurrent("credentials that expire", () => {
  it("end the event stream, and fresh ones resume the same run", async () => {
    const run = await begin(anyone, "wait");
    const grant = short();
    const seen = await readEvents(await call(`/runs/${run}/events`, grant));
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)?.data.type).not.toBe("data-run-end");
    expect((await call(`/runs/${run}/events`, grant)).status).toBe(401);
    await call(`/runs/${run}`, anyone, "DELETE");
    const rest = await readEvents(await call(`/runs/${run}/events?after=${seen.at(-1)?.id}`, anyone));
    expect(rest.at(-1)?.data).toMatchObject({ data: { state: "cancelled" } });
  });

  it("cut the plain-text answer", async () => {
    const response = await call("", short(), "POST", { prompt: "wait" });
    const run = response.headers.get("Agent-Run") ?? "";
    await expect(response.text()).rejects.toThrow("terminated");
    expect(await (await call(`/runs/${run}`, anyone)).json()).toMatchObject({ state: "running" });
    await call(`/runs/${run}`, anyone, "DELETE");
  });

  it("close the socket with 4408, whether it follows a run or sends a frame", async () => {
    const run = await begin(anyone, "wait");
    const grant = short();
    const [asking, reading] = [await connect(grant).open(), await connect(grant, `&resume=${run}`).open()];
    expect(await reading.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "unauthorized" } });
    expect(await reading.closed()).toBe(4408);
    expect(reading.events(run).length).toBeGreaterThan(3);
    await pastTime(grant.expiresAt);
    asking.send({ type: "resume", run });
    expect(await asking.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "unauthorized" } });
    expect(await asking.closed()).toBe(4408);
    await call(`/runs/${run}`, anyone, "DELETE");
  });

  it("open no connection by a ticket that outlives them", async () => {
    const [run, grant] = [await begin(anyone, "wait"), short()];
    const [ofStream, ofSocket] = [await ticket(grant, { run }), await ticket(grant)];
    const socket = await new TestSocket(`${base}?v=1&ticket=${ofSocket}&resume=${run}`).open();
    const seen = await readEvents(await open(`/runs/${run}/events`, ofStream));
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)?.data.type).not.toBe("data-run-end");
    expect(await socket.closed()).toBe(4408);
    expect(Date.now()).toBeGreaterThanOrEqual(grant.expiresAt);
    await call(`/runs/${run}`, anyone, "DELETE");
  });
});

describe("a ticket", () => {
  it("opens one socket, once, with the rights of its requester", async () => {
    const run = await begin(alice);
    const one = await ticket(alice);
    const socket = await new TestSocket(`${base}?v=1&ticket=${one}&resume=${run}`).open();
    expect((await socket.ended(run)).at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    socket.socket.close();
    expect(await new TestSocket(`${base}?v=1&ticket=${one}&resume=${run}`).closed()).toBe(4401);
    const stranger = await new TestSocket(`${base}?v=1&ticket=${await ticket(bob)}&resume=${run}`).open();
    expect(await stranger.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "run_not_found" } });
    stranger.socket.close();
  });

  it("opens one event stream, once", async () => {
    const run = await begin(anyone);
    const one = await ticket(anyone, { run });
    expect((await readEvents(await open(`/runs/${run}/events`, one))).at(-1)?.data.type).toBe("data-run-end");
    expect((await open(`/runs/${run}/events`, one)).status).toBe(401);
  });

  it("stays used after the agent has died and restarted", async () => {
    const run = await begin(anyone);
    const one = await ticket(anyone, { run });
    expect((await open(`/runs/${run}/events`, one)).status).toBe(200);
    await call("/crash", anyone, "POST", {});
    expect((await open(`/runs/${run}/events`, one)).status).toBe(401);
  });

  it("serves an EventSource, which stops instead of using it again", async () => {
    const run = await begin(anyone, "wait");
    const source = new EventSource(`${base}/runs/${run}/events?ticket=${await ticket(anyone, { run })}`);
    await once(source, "message");
    await call("/crash", anyone, "POST", {}); // The stream breaks, and the EventSource comes back.
    while (source.readyState !== source.CLOSED) await once(source, "error");
    source.close();
    const fresh = new EventSource(`${base}/runs/${run}/events?ticket=${await ticket(anyone, { run })}`);
    const [message] = (await once(fresh, "message")) as [{ data: string }];
    expect(JSON.parse(message.data)).toMatchObject({ type: "start" });
    fresh.close();
  });

  it("is bound to its run, its agent and its rights, and only opens streams", async () => {
    const [run, other] = [await begin(anyone), await begin(anyone)];
    const bound = (): Promise<string> => ticket(anyone, { run, rights: ["read"] });
    expect((await open(`/runs/${other}/events`, await bound())).status).toBe(401);
    expect(await new TestSocket(`${base}?v=1&resume=${other}&ticket=${await bound()}`).closed()).toBe(4401);
    const elsewhere = base.replace(/one$/, "two");
    expect((await fetch(`${elsewhere}/runs/${run}/events?ticket=${await bound()}`)).status).toBe(401);
    expect((await open(`/runs/${run}`, await bound())).status).toBe(401);
    expect((await open("/runs", await bound())).status).toBe(401);
    const socket = await new TestSocket(`${base}?v=1&ticket=${await bound()}`).open();
    socket.send({ type: "cancel", run });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "forbidden" } });
    socket.socket.close();
  });

  it("for one run reaches no other run of its subject, and starts none", async () => {
    const [run, other] = [await begin(alice), await begin(alice)];
    const socket = await new TestSocket(`${base}?v=1&ticket=${await ticket(alice, { run })}&resume=${run}`).open();
    await socket.ended(run);
    for (const [frame, code] of [
      [{ type: "resume", run: other }, "run_not_found"],
      [{ type: "start", key: "another", input: { prompt: "x" } }, "forbidden"],
    ] as const) {
      socket.send(frame);
      expect(await socket.frame((answer) => answer["frame"] === frame.type)).toMatchObject({ error: { code } });
    }
    socket.socket.close();
    const stranger = await new TestSocket(`${base}?v=1&ticket=${await ticket(bob, { run })}&resume=${run}`).open();
    expect(await stranger.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "run_not_found" } });
    stranger.socket.close();
  });

  it("cannot add rights", async () => {
    const reader: Grant = { subject: "reader", rights: ["read"] };
    const socket = await new TestSocket(`${base}?v=1&ticket=${await ticket(reader, { rights: ["read", "start"] })}`).open();
    socket.send({ type: "start", key: "k", input: { prompt: "x" } });
    expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "forbidden" } });
    socket.socket.close();
    const only: Grant = { subject: "only", runs: ["r1"] };
    expect((await call("/tickets", only, "POST", { run: "r2" })).status).toBe(404);
  });

  it("that is forged, truncated or of another kind answers 401", async () => {
    const run = await begin(anyone);
    const [head = "", payload = ""] = (await ticket(anyone, { run })).split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    for (const forged of ["x", `${head}.${payload}.`, `${head}.${payload}.AAAA`, `${none}.${payload}.`, "y".repeat(9_000), "%00"]) {
      expect([forged.slice(0, 20), (await open(`/runs/${run}/events`, forged)).status]).toEqual([forged.slice(0, 20), 401]);
    }
  });

  it.each([
    ["a list", []],
    ["an invalid run id", { run: "a b" }],
    ["an unknown right", { rights: ["fly"] }],
    ["rights that are not a list", { rights: "read" }],
  ])("is not issued for %s", async (_what, body) => {
    const response = await call("/tickets", anyone, "POST", body);
    expect([response.status, await codeOf(response)]).toEqual([400, "invalid_request"]);
  });

  it("is refused once it has expired", async () => {
    const hasty = await startGuarded({ vars: { TICKET_LIFETIME_MS: "1000" } });
    try {
      const there = new URL("/agents/guarded-agent/one", hasty.url).href;
      const response = await fetch(`${there}/tickets`, { method: "POST", headers: bearer(anyone), body: "{}" });
      const { ticket: late, expiresAt } = (await response.json()) as { ticket: string; expiresAt: string };
      while (Date.now() <= Date.parse(expiresAt)) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await new TestSocket(`${there}?v=1&ticket=${late}`).closed()).toBe(4401);
    } finally {
      await hasty.dispose();
    }
  });
});
