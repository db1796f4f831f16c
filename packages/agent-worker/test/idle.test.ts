import { EventSource } from "eventsource";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerHost } from "@agent-transports/worker-host";
import { bearer, eventually, info, live, post, range, readEvents, seqs, startOf, TestSocket, type Frame } from "./harness.ts";
import type { Recording } from "./idle/recorder.ts";

/** workerd lets an object sleep that was idle for 10 s. Nothing says so from outside but the next life, and to ask for that wakes it. */
const SILENCE_MS = 14_000;
const DAY_MS = 86_400_000;

type Recorded = Recording & { readonly life: string };

/** An agent of the tests, and what it was seen to be. */
interface Seen {
  readonly base: string;
  /** Which is to be open and working all the time. */
  readonly socket?: TestSocket;
  readonly pending: Readonly<Record<string, number>>;
  readonly lives: [before: string, after: string];
}

const recorded = async (base: string): Promise<Recorded> => (await (await fetch(`${base}/recorded`)).json()) as Recorded;
const isStarted = ({ type }: Frame): boolean => type === "started";

async function startOn(socket: TestSocket, key: string, prompt = "Hello", more: object = {}): Promise<string> {
  socket.send({ type: "start", key, input: { prompt }, ...more });
  const started = await socket.frame((frame) => isStarted(frame) && frame["key"] === key);
  return (started["run"] as { id: string }).id;
}

async function runOn(socket: TestSocket, key: string): Promise<string> {
  const run = await startOn(socket, key);
  await socket.ended(run);
  return run;
}

const open = (base: string, query = "", headers = {}): Promise<TestSocket> => new TestSocket(`${base}?v=1${query}`, headers).open();

const STALLED = "a reader that stopped to acknowledge, with credentials that hold for a day, whose run has ended";
/** The runtime here closes the sockets of an object that dies: what the first of the two deaths had left is written, and the second is a sleep. */
const DIED_TWICE = "a reader that had not followed again when its agent died a second time, and whose run had ended in between";
/** More than a reader is sent that acknowledges nothing. */
const FILLED = 600;

/** What clients do, and what they leave: a socket that stays open, or none. */
const left: Readonly<Record<string, (base: string) => Promise<TestSocket | undefined>>> = {
  "a connect": (base) => open(base),
  "a connect with a heartbeat": (base) => open(base, "&heartbeat=1000"),
  async "a run that finished"(base) {
    const socket = await open(base, "&heartbeat=60000");
    await runOn(socket, "k");
    return socket;
  },
  async "a run that was cancelled"(base) {
    const socket = await open(base, "&heartbeat=60000");
    const run = await startOn(socket, "k");
    socket.send({ type: "cancel", run });
    await socket.ended(run);
    return socket;
  },
  async "a run that finished, stored behind"(base) {
    const socket = await open(base);
    await runOn(socket, "k");
    return socket;
  },
  async "a run that was cancelled, stored behind"(base) {
    const socket = await open(base);
    const run = await startOn(socket, "k");
    await socket.frame(({ type }) => type === "events");
    socket.send({ type: "cancel", run });
    await socket.ended(run);
    return socket;
  },
  async "a client that unsubscribed, whose run ended later"(base) {
    const socket = await open(base, "&heartbeat=60000");
    const run = await startOn(socket, "k");
    socket.send({ type: "unsubscribe", run });
    await eventually(
      () => info(base, run),
      ({ state }) => state === "finished",
    );
    return socket;
  },
  async "a socket whose credentials hold for a day"(base) {
    const socket = await open(base, "&heartbeat=60000", bearer({ subject: "me", expiresAt: Date.now() + DAY_MS }));
    await runOn(socket, "k");
    return socket;
  },
  async [STALLED](base) {
    const socket = await open(base, "", bearer({ subject: "me", expiresAt: Date.now() + DAY_MS }));
    const run = await startOn(socket, "k", `fill ${FILLED}`, { acks: true });
    await eventually(
      () => info(base, run),
      ({ state }) => state === "finished",
    );
    return socket;
  },
  async [DIED_TWICE](base) {
    const socket = await open(base);
    const run = await startOn(socket, "k", `fill ${FILLED}`, { acks: true });
    await eventually(
      () => info(base, run),
      ({ state }) => state === "finished",
    );
    await fetch(`${base}/plant-second-death?run=${run}`);
    return socket;
  },
  async inputs(base) {
    const socket = await open(base);
    // Four seconds of it: a busy machine may stand still for two.
    const run = await startOn(socket, "k", "Write 800 words.");
    for (const key of ["a", "b", "c"]) socket.send({ type: "input", run, key, data: key });
    await socket.frame((frame) => frame.type === "accepted" && frame["key"] === "c");
    await socket.ended(run);
    return socket;
  },
  async "a socket that went in the middle of a run"(base) {
    const socket = await open(base, "&heartbeat=60000", bearer({ subject: "me", expiresAt: Date.now() + DAY_MS }));
    const run = await startOn(socket, "k");
    socket.socket.terminate();
    await eventually(
      () => info(base, run),
      ({ state }) => state === "finished",
    );
    return undefined;
  },
  async "an event stream that was left in the middle"(base) {
    const response = await post(`${base}/runs`, { prompt: "Hello" });
    await readEvents(response, (events) => events.length >= 3);
    await eventually(
      () => info(base, response.headers.get("Agent-Run") ?? ""),
      ({ state }) => state === "finished",
    );
    return undefined;
  },
  async "an EventSource that read a run to its end"(base) {
    const response = await post(`${base}/runs`, { prompt: "Hello" }, { Accept: "application/json" });
    const { id } = (await response.json()) as { id: string };
    const source = new EventSource(`${base}/runs/${id}/events`);
    // It asks once more after the last event, is answered 204, and stops.
    await eventually(
      () => Promise.resolve(source.readyState),
      (state) => state === source.CLOSED,
    );
    return undefined;
  },
};

/** What keeps an object awake. The tests are worth something only where they see it. */
const planted: Readonly<Record<string, (base: string) => Promise<TestSocket>>> = {
  async "a timer"(base) {
    const socket = await open(base);
    await fetch(`${base}/plant-timer`);
    return socket;
  },
  async "a waitUntil"(base) {
    const socket = await open(base);
    await fetch(`${base}/plant-wait`);
    return socket;
  },
};

let host: WorkerHost;
const seen = new Map<string, Seen>();

const agent = (name: string): string => new URL(`/agents/idle-agent/${name}`, host.url).href;

/** What is still pending once what may end has ended. */
async function settled(base: string): Promise<Recorded> {
  for (const until = Date.now() + 30_000; ;) {
    const found = await recorded(base);
    if (Object.keys(found.pending).length === 0 || Date.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Pings all through the silence. The runtime answers each, or this waits for ever. */
async function ping(socket: TestSocket): Promise<void> {
  for (const until = Date.now() + SILENCE_MS; Date.now() < until;) {
    const before = socket.frames.length;
    socket.send('{"type":"ping"}');
    await socket.frame((frame) => frame.type === "pong" && socket.frames.indexOf(frame) >= before);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** One silence for all agents, because it is long. */
beforeAll(async () => {
  host = await startOf("idle", { vars: { SCRIPTED_TOKENS_PER_SECOND: "200", SOCKETS: "1" } });
  for (const [index, [name, act]] of Object.entries({ ...left, ...planted }).entries()) {
    const base = agent(`a${index}${name.endsWith("behind") ? "-behind" : ""}`);
    const socket = await act(base);
    const { life, pending } = name in left ? await settled(base) : await recorded(base);
    seen.set(name, { base, ...(socket && { socket }), pending, lives: [life, ""] });
  }
  await ping(seen.get("a connect with a heartbeat")!.socket!);
  for (const one of seen.values()) one.lives[1] = (await recorded(one.base)).life;
}, 180_000);

afterAll(async () => {
  for (const { socket } of seen.values()) socket?.socket.terminate();
  await host.dispose();
});

/** What an agent was left with, whose socket is still open. */
function slept(name: string): Seen & { readonly socket: TestSocket } {
  const one = seen.get(name);
  if (one?.socket === undefined) throw new Error(`There is no socket of ${name}.`);
  return { ...one, socket: one.socket };
}

describe("an agent without a live run sleeps after", () => {
  it.each(Object.keys(left))("%s", (name) => {
    const { pending, lives, socket } = seen.get(name)!;
    expect(pending).toEqual({});
    expect(lives[1]).not.toBe(lives[0]);
    expect(socket?.closeCode).toBeUndefined();
  });
});

describe("an agent is seen to be kept awake by", () => {
  it.each(Object.keys(planted))("%s", (name) => {
    const { pending, lives } = seen.get(name)!;
    expect(pending).toMatchObject({ timer: expect.any(Number) as number });
    expect(lives[1]).toBe(lives[0]);
  });
});

describe("after it slept", () => {
  it("a socket follows a new run, whole", async () => {
    const { socket, base } = slept("a connect");
    const run = await runOn(socket, "after");
    expect(seqs(socket.events(run))).toEqual(range(1, socket.events(run).length));
    expect(await live(base)).toEqual({ runs: 0, readers: 0, sockets: 1 });
  });

  it("a reader that acknowledges gets the rest of a run, with no gap", async () => {
    const { socket } = slept(STALLED);
    const run = (socket.frames.find(isStarted)!["run"] as { id: string }).id;
    const before = socket.events(run);
    expect(before.length).toBeLessThan(FILLED);
    socket.send({ type: "ack", run, id: before.at(-1)?.id });
    await socket.acknowledge(run, FILLED + 3);
    expect(seqs(await socket.ended(run))).toEqual(range(1, FILLED + 3));
  });

  it("a reader whose agent died twice follows its run again, which ended in between, and nothing is left of that", async () => {
    const { socket, base } = slept(DIED_TWICE);
    const [first] = socket.frames.filter(({ type }) => type === "events");
    const again = (): Promise<number> => Promise.resolve(socket.frames.filter(({ id }) => id === first?.["id"]).length);
    await eventually(again, (times) => times === 2);
    const written: string[] = [];
    await eventually(
      async () => written.push(...(await recorded(base)).written.map(({ statement }) => statement)),
      () => written.some((statement) => statement.startsWith("DELETE FROM transport_following_again")),
    );
    // Its window, again, and no more.
    expect(await again()).toBe(2);
  });

  it("a socket that falls silent while it follows a run is noticed", async () => {
    const { socket } = slept("a connect with a heartbeat");
    await startOn(socket, "after", "wait");
    expect(await socket.closed()).toBe(4408);
  });

  it("a socket from before counts, and another is refused", async () => {
    const second = new TestSocket(`${slept("a run that finished").base}?v=1`);
    expect(await second.closed()).toBe(4429);
  });
});

describe("an event stream", () => {
  it("is an open request while its run is generated, and none from its end on", async () => {
    const base = agent("stream");
    const response = await post(`${base}/runs`, { prompt: "wait" });
    expect((await recorded(base)).pending).toMatchObject({ request: 1 });
    expect(await live(base)).toMatchObject({ readers: 1 });
    await (await fetch(`${base}/runs/${response.headers.get("Agent-Run")}`, { method: "DELETE" })).arrayBuffer();
    await readEvents(response);
    await eventually(
      () => recorded(base),
      ({ pending }) => !("request" in pending),
    );
    expect(await live(base)).toEqual({ runs: 0, readers: 0, sockets: 0 });
  });
});
