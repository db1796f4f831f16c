import type { Socket as TcpSocket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import type { Grant } from "../src/index.ts";
import { bearer, eventually, LIFETIME_MS, pastTime, rawSocket, startGuarded, TestSocket } from "./harness.ts";

/** An author overrides the Agents SDK's handlers and calls no `super`, and sets the states of connections: `guarded/overriding.ts`. */
let host: WorkerHost;
let base: string;
/** On an agent that is left alone while the other tests run. */
let sleeper: { readonly agent: string; readonly life: string; readonly socket: TestSocket; readonly wakesAt: number };
beforeAll(async () => {
  host = await startGuarded();
  base = new URL("/agents/overriding-agent/one", host.url).href;
  const agent = new URL("/agents/overriding-agent/sleeper", host.url).href;
  const life = await mark(agent);
  const socket = await connect("?v=1&mine", nobody, agent).open();
  // The runtime evicts what was idle for ten seconds.
  sleeper = { agent, life, socket, wakesAt: Date.now() + 11_500 };
}, 60_000);
afterAll(async () => {
  await host.dispose();
});

const anyone: Grant = { subject: "anyone" };
const nobody: Grant = { subject: "nobody", rights: [] };
const connect = (query: string, grant: Grant, agent = base): TestSocket => new TestSocket(agent + query, bearer(grant));
const call = (method: string): object => ({ type: "rpc", id: method, method, args: [] });
const isLoud = ({ type }: { readonly type: string }): boolean => type === "loud";
const isRpc = ({ type }: { readonly type: string }): boolean => type === "rpc";
const live = async (): Promise<{ runs: number; readers: number }> =>
  ((await (await fetch(base, { headers: bearer(anyone) })).json()) as { live: { runs: number; readers: number } }).live;
/** Has the author set the state of each connection. @returns which life of the agent it was */
const mark = async (agent = base): Promise<string> => (await fetch(`${agent}/mark`, { method: "POST", headers: bearer(anyone) })).text();
/** What it answers to a frame. */
const answer = (socket: TestSocket, frame: unknown) => {
  const before = socket.frames.length;
  socket.send(frame);
  return socket.frame((one) => socket.frames.indexOf(one) >= before);
};

describe("where an author overrides handlers without super, a socket of this protocol", () => {
  it.each([
    ["", "as it was opened"],
    ["&mine", "whose state the author's onConnect set"],
  ])("serves no call of the SDK's, and asks for each right: %s", async (query) => {
    const socket = await connect(`?v=1${query}`, nobody).open();
    expect(await answer(socket, call("secret"))).toMatchObject({ type: "error", error: { code: "invalid_request" } });
    expect(await answer(socket, { type: "start", key: "k", input: { prompt: "x" } })).toMatchObject({
      type: "error",
      key: "k",
      error: { code: "forbidden" },
    });
    socket.socket.close();
  });

  it("does so whenever the author sets its state, and shows that state and no more of it", async () => {
    const socket = await connect("?v=1&mine", nobody).open();
    const client = await connect("", anyone).open();
    client.send(call("states"));
    expect(await client.frame(isRpc)).toMatchObject({ result: expect.arrayContaining([{ mine: true }, null]) });
    await mark();
    expect(await answer(socket, call("secret"))).toMatchObject({ type: "error", error: { code: "invalid_request" } });
    for (const { socket: one } of [socket, client]) one.close();
  });

  it("answers its handshake, with this protocol's frames alone, and serves a run to its end", async () => {
    const socket = await connect("?v=1&heartbeat=5000", anyone).open();
    expect(await socket.frame(() => true)).toMatchObject({ type: "hello", heartbeat: 5000 });
    socket.send({ type: "start", key: crypto.randomUUID(), input: { prompt: "x" } });
    const { run } = (await socket.frame(({ type }) => type === "started")) as unknown as { run: { id: string } };
    await socket.ended(run.id);
    const again = await connect(`?v=1&resume=${run.id}`, anyone).open();
    expect((await again.ended(run.id)).at(-1)?.data).toMatchObject({ data: { state: "finished" } });
    expect([...socket.frames, ...again.frames].filter(({ type }) => type.startsWith("cf_"))).toEqual([]);
    for (const { socket: one } of [socket, again]) one.close();
  });

  it("is told nothing of sub-agents that ran as tools, which the SDK tells its clients when they connect", async () => {
    const agent = new URL("/agents/overriding-agent/tools", host.url).href;
    const first = await connect("", anyone, agent).open();
    first.send(call("ran"));
    expect(await first.frame(isRpc)).toMatchObject({ success: true });
    const second = await connect("", anyone, agent).open();
    expect(await second.frame(({ type }) => type === "agent-tool-event")).toMatchObject({ event: { runId: "run" } });
    const socket = await connect("?v=1", nobody, agent).open();
    expect(await answer(socket, { type: "ping" })).toMatchObject({ type: "pong" });
    expect(socket.frames).toHaveLength(1);
    for (const { socket: one } of [first, second, socket]) one.close();
  });

  it("is not answered where the author closes it", async () => {
    const socket = connect("?v=1&heartbeat=5000&refuse", anyone);
    expect([await socket.closed(), socket.frames]).toEqual([4403, []]);
  });

  it("is refused with the author's words where the author throws them, however long they are", async () => {
    const socket = connect("?v=1&throw", anyone);
    expect(await socket.closed()).toBe(4403);
    expect(socket.frames).toMatchObject([{ type: "error", error: { code: "forbidden" } }]);
  });

  it.each<[string, (reader: TcpSocket) => unknown]>([
    ["closes", (reader) => reader.end(Buffer.from([0x88, 0x80, 1, 2, 3, 4]))],
    // Reserved bits, and an opcode that there is not.
    ["breaks the framing", (reader) => reader.write(Buffer.from([0xff, 0x80, 1, 2, 3, 4]))],
  ])("leaves no reader behind where it %s", async (_how, leave) => {
    const response = await fetch(`${base}/runs`, {
      method: "POST",
      headers: { ...bearer(anyone), Accept: "application/json" },
      body: JSON.stringify({ prompt: "wait" }),
    });
    const { id } = (await response.json()) as { id: string };
    const reader = await rawSocket(new URL(`${base}?v=1&resume=${id}`), bearer(anyone));
    expect(await eventually(live, ({ readers }) => readers === 1)).toMatchObject({ readers: 1 });
    leave(reader);
    expect(await eventually(live, ({ readers }) => readers === 0)).toMatchObject({ readers: 0, runs: 1 });
    await fetch(`${base}/runs/${id}`, { method: "DELETE", headers: bearer(anyone) });
    reader.destroy();
  });
});

describe.concurrent("the SDK's own clients", () => {
  it.each([
    ["of the agent", ""],
    ["of a sub-agent", "/sub/plain-agent/child"],
    ["of a sub-agent with runs of its own", "/sub/overriding-agent/child"],
  ])("%s are served until their credentials expire, whatever state the author set", async (_whose, path) => {
    const expiresAt = Date.now() + LIFETIME_MS;
    const client = await connect(path, { subject: "client", rights: ["sdk"], expiresAt }).open();
    client.send(call("secret"));
    expect(await client.frame(isRpc)).toMatchObject({ success: true });
    client.frames.length = 0;
    client.send("anything");
    expect(await client.frame(({ type }) => type === "author")).toMatchObject({ state: { said: "anything" } });
    await pastTime(expiresAt);
    client.frames.length = 0;
    client.send(call("secret"));
    expect(await client.frame(() => true)).toMatchObject({ type: "error", error: { code: "unauthorized" } });
    expect(await client.closed()).toBe(4408);
  });

  it("of a sub-agent are sent what it broadcasts until then, and its author is shown no more than was set", async () => {
    const expiresAt = Date.now() + LIFETIME_MS;
    const late = await connect("/sub/plain-agent/loud", { subject: "late", rights: ["sdk"], expiresAt }).open();
    const client = await connect("/sub/plain-agent/loud", anyone).open();
    client.send(call("states"));
    expect(await client.frame(isRpc)).toMatchObject({ result: [null, null] });
    await pastTime(expiresAt);
    client.send(call("shout"));
    await client.frame(isLoud);
    // Whatever is sent to it goes the same way, and comes in order.
    late.send(call("states"));
    expect(await late.closed()).toBe(4408);
    expect(late.frames.filter(isLoud)).toEqual([]);
    for (const { socket } of [late, client]) socket.close();
  });

  it("without the right are refused, at the agent and at a sub-agent", async () => {
    for (const path of ["", "/sub/plain-agent/child"]) expect(await connect(path, nobody).closed()).toBe(4403);
  });
});

it.each(["onConnect", "onMessage", "onClose", "onError", "onStart", "onRequest"])(
  "where %s is a field, which takes the place of what guards it, nothing is served, and the refusal says what to mend",
  async (handler) => {
    const agent = new URL(`/agents/field-agent/${handler}`, host.url).href;
    const error = { code: "misconfigured", message: expect.stringMatching(`^${handler} is a field .* Write it as a method`) };
    for (const query of ["", "?v=1"]) expect(await connect(query, anyone, agent).closed()).toBe(4500);
    const response = await fetch(agent, { headers: bearer(anyone) });
    expect([response.status, await response.json()]).toMatchObject([500, { error }]);
  },
);

it("where a sub-agent's handler is a field, nothing is served on the sockets that its parent accepts", async () => {
  const socket = connect("/sub/field-sub-agent/one", anyone);
  expect(await socket.frame(({ type }) => type === "error")).toMatchObject({ error: { code: "misconfigured" } });
  expect(await socket.closed()).toBe(4500);
});

it("paths of the author's own ask for the rights of their method", async () => {
  const get = async (headers: Record<string, string>): Promise<number> => (await fetch(`${base}/own`, { headers })).status;
  expect([await get({}), await get(bearer(nobody)), await get(bearer(anyone))]).toEqual([401, 403, 200]);
});

it(
  "a socket that outlived its agent's sleep keeps its rights when the author sets its state from outside of any frame",
  { timeout: 30_000 },
  async () => {
    const { agent, life, socket, wakesAt } = sleeper;
    await pastTime(wakesAt);
    expect(await mark(agent)).not.toBe(life);
    expect(await answer(socket, call("secret"))).toMatchObject({ type: "error", error: { code: "invalid_request" } });
    expect(await answer(socket, { type: "start", key: "k", input: { prompt: "x" } })).toMatchObject({ error: { code: "forbidden" } });
    socket.socket.close();
  },
);
