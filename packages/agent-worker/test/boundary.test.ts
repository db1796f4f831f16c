import { once } from "node:events";
import { PING_FRAME } from "@agent-transports/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import type { Grant } from "../src/index.ts";
import { bearer, eventually, LIFETIME_MS, pastTime, rawSocket, startGuarded, TestSocket } from "./harness.ts";

/** What the Agents SDK would do by itself for whoever asks, and what it may do for whom. */
let host: WorkerHost;
let base: string;
beforeAll(async () => {
  host = await startGuarded();
  base = new URL("/agents/guarded-agent/one", host.url).href;
}, 60_000);
afterAll(async () => {
  await host.dispose();
});

const anyone: Grant = { subject: "anyone" };
const reader: Grant = { subject: "reader", rights: ["read"] };
/** The agent's author lets the SDK's own clients call it. */
const callSecret = { type: "rpc", id: "1", method: "secret", args: [] };
const connect = (query: string, grant: Grant | string = reader, headers = {}, agent = base): TestSocket =>
  new TestSocket(agent + query, { ...bearer(grant), ...headers });
const live = async (): Promise<{ readers: number; sockets: number }> =>
  ((await (await fetch(base, { headers: bearer(anyone) })).json()) as { live: { readers: number; sockets: number } }).live;

describe("the SDK's own frames", () => {
  it.each([
    ["a call", callSecret],
    ["a state", { type: "cf_agent_state", state: { mine: true } }],
    ["a call with an escaped letter", JSON.stringify(callSecret).replace("rpc", "\\u0072pc")],
  ])("%s is not a frame of this protocol", async (_what, frame) => {
    const socket = await connect("?v=1", anyone).open();
    socket.send(frame);
    expect(await socket.frame(() => true)).toMatchObject({ type: "error", error: { code: "invalid_request" } });
    socket.socket.close();
  });

  it.concurrent("that an author broadcasts reach the SDK's clients until their credentials expire", async () => {
    const agent = base.replace(/one$/, "loud");
    const expiresAt = Date.now() + LIFETIME_MS;
    const late = await connect("", { subject: "late", rights: ["sdk"], expiresAt }, {}, agent).open();
    const ours = await connect("?v=1", reader, {}, agent).open();
    const client = await connect("", anyone, {}, agent).open();
    const heard: string[] = [];
    for (const [name, { socket }] of Object.entries({ late, ours, client })) {
      socket.removeAllListeners("message").on("message", (data) => {
        if (
          Buffer.from(data as Buffer)
            .toString()
            .startsWith("not a frame")
        )
          heard.push(name);
      });
    }
    await pastTime(expiresAt);
    client.send({ type: "rpc", id: "1", method: "shout", args: [] });
    expect(await late.closed()).toBe(4408);
    await eventually(
      () => Promise.resolve(heard),
      ({ length }) => length > 0,
    );
    expect(heard).toEqual(["client"]);
    for (const { socket } of [ours, client]) socket.close();
  });

  it.concurrent("are served on an SDK client's socket until its credentials expire", async () => {
    const expiresAt = Date.now() + LIFETIME_MS;
    const socket = await connect("", { subject: "client", rights: ["sdk"], expiresAt }).open();
    socket.send(callSecret);
    expect(await socket.frame(({ type }) => type === "rpc")).toMatchObject({ success: true });
    await pastTime(expiresAt);
    socket.frames.length = 0;
    socket.send(callSecret);
    expect(await socket.frame(() => true)).toMatchObject({ type: "error", error: { code: "unauthorized" } });
    expect(await socket.closed()).toBe(4408);
  });

  it("do not reach a socket of this protocol that reuses the id of an SDK client", async () => {
    const client = await connect("?_pk=mine", anyone).open();
    const other = await connect(`?v=1&_pk=mine`).open();
    await connect(`?v=1&_pk=${"x".repeat(300)}`).open();
    client.send({ type: "rpc", id: "1", method: "namesakes", args: ["mine"] });
    expect(await client.frame(({ type }) => type === "rpc")).toMatchObject({ result: 1 });
    for (const { socket } of [client, other]) socket.close();
  });
});

describe("this protocol cannot be bypassed to reach", () => {
  it("the SDK's other transport, which the runtime does not count", async () => {
    expect(await connect("?v=1&__agents_transport=capnweb", anyone).closed()).toBe(4400);
  });

  it.each(["/sub/guarded-agent/two", "/sub/guarded-agent/one"])("a sub-agent, at %s", async (path) => {
    for (const below of ["", "/a/b/c/runs", "/runs"]) {
      expect([below, (await fetch(base + path + below, { headers: bearer(anyone) })).status]).toEqual([below, 404]);
    }
    expect(await connect(`${path}?v=1`, anyone).closed()).toBe(4404);
    expect(await connect(path, anyone).closed()).toBe(4404);
  });

  it("a sub-agent, by the header with which the SDK hands a socket on", async () => {
    const forged = { "x-cf-agents-subagent-url": `${base}/sub/guarded-agent/two` };
    const socket = await connect("?v=1", reader, forged).open();
    socket.send(callSecret);
    expect(await socket.frame(() => true)).toMatchObject({ type: "error", error: { code: "invalid_request" } });
    socket.socket.close();
  });
});

describe("a request that the SDK would answer with a stack is refused:", () => {
  it.each([
    ["a connection id that is too long", `&_pk=${"x".repeat(300)}`],
    ["a connection id that is not ASCII", "&_pk=%00%C3%A9"],
    ["a handshake too large for hibernation", `&x=${"x".repeat(15_000)}`],
    ["such a handshake with this protocol", `&v=1&x=${"x".repeat(15_000)}`],
  ])("%s", async (_what, query) => {
    const socket = connect(`?sdk=1${query}`, anyone);
    expect([await socket.closed(), socket.frames]).toEqual([4400, []]);
  });
});

it("an error from an author's handler is sent without its message and its stack", async () => {
  const response = await fetch(`${base}/fail`, { headers: bearer(anyone) });
  expect([response.status, await response.json()]).toMatchObject([500, { error: { code: "internal" } }]);
  const socket = connect("?v=1&fail", anyone);
  expect(await socket.closed()).toBe(4500);
  expect(socket.frames).toEqual([{ type: "error", error: { code: "internal", message: expect.not.stringContaining("canary") } }]);
});

describe("an author's hook is checked:", () => {
  it("a hook's message closes the socket, at any length and in any alphabet", async () => {
    const response = await fetch(`${base}/runs`, { headers: bearer("refuse") });
    expect([response.status, await response.json()]).toMatchObject([403, { error: { code: "forbidden" } }]);
    expect(await connect("?v=1", "refuse").closed()).toBe(4403);
  });

  it.each([
    ["that has expired", { subject: "late", expiresAt: 1 }, [401, 401, 4401]],
    ["whose rights are null, which does not mean all rights", { subject: "none", rights: null }, [500, 500, 4500]],
    ["with an invalid expiry", { subject: "ever", expiresAt: "never" }, [500, 500, 4500]],
    ["with extra members", { subject: "more", name: "Zoë 日本" }, [200, 201, "open"]],
  ])("a grant %s", async (_what, grant, expected) => {
    const token = Buffer.from(JSON.stringify(grant)).toString("base64url");
    const statusOf = async (method: string, path: string): Promise<number> =>
      (await fetch(base + path, { method, headers: bearer(token), ...(method === "POST" && { body: "{}" }) })).status;
    const statuses = [await statusOf("GET", ""), await statusOf("POST", "/tickets")];
    const socket = connect("?v=1", token);
    await once(socket.socket, "open");
    socket.send(PING_FRAME);
    const outcome = await Promise.race([socket.closed(), socket.frame(({ type }) => type === "pong").then(() => "open")]);
    socket.socket.close();
    expect([...statuses, outcome]).toEqual(expected);
  });
});

it("a socket with invalid framing leaves no reader behind", async () => {
  const started = await fetch(`${base}/runs`, {
    method: "POST",
    headers: bearer(anyone),
    body: JSON.stringify({ prompt: "x".repeat(262_000) }),
  });
  const run = started.headers.get("Agent-Run");
  await started.text();
  // Its window is full with the first event, so that nothing is ever sent to it again.
  const socket = await rawSocket(new URL(`${base}?v=1&acks=1&resume=${run}`), bearer(anyone));
  expect(await eventually(live, ({ readers }) => readers > 0)).toMatchObject({ readers: 1 });
  socket.write(Buffer.from([0xff, 0x80, 1, 2, 3, 4])); // Reserved bits, and an opcode that there is not.
  expect(await eventually(live, ({ readers }) => readers === 0)).toMatchObject({ readers: 0 });
  socket.destroy();
});
