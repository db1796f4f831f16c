import { FLOW_WINDOW_BYTES } from "@agent-transports/protocol";
import type { Connection } from "agents";
import type { UIMessageChunk } from "ai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { agent } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import type { EffectiveGrant } from "../access/grant.ts";
import { AskedLimits } from "../runs/asked-limits.ts";
import { LogReader } from "../runs/log-reader.ts";
import type { RunRecord } from "../runs/log.ts";
import { misconfigured } from "../wire/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../wire/limits.ts";
import { FollowingAgain } from "./following-again.ts";
import { Sockets } from "./sockets.ts";

type Frame = Readonly<Record<string, unknown>>;

/** A connection of the runtime's, as far as Sockets use it. */
class TestConnection {
  readonly frames: Frame[] = [];
  closeCode: number | undefined;
  /** When the runtime last answered a ping on it. */
  pingedAt = 0;
  /** What it keeps for the agent. */
  kept: unknown;
  /** A sub-agent's connection has none. */
  readyState: number | undefined = WebSocket.OPEN;

  send(frame: string): void {
    this.frames.push(JSON.parse(frame) as Frame);
  }

  close(code: number): void {
    this.closeCode ??= code;
    this.readyState = WebSocket.CLOSING;
  }

  get connection(): Connection {
    return this as unknown as Connection;
  }
}

function kept(connection: Connection): TestConnection {
  if (connection instanceof TestConnection) return connection;
  throw new Error("Not a connection of these tests.");
}

/** An agent with an answer that is larger than a window, and sockets of it. */
function fixture(given: Partial<Limits> = {}) {
  const sql = new TestSql();
  const one = agent(sql, large);
  let limits = (): Limits => ({ ...DEFAULT_LIMITS, ...given });
  const awake = (): Sockets =>
    new Sockets(one.runs, new AskedLimits(() => limits()), new FollowingAgain(sql.storage), (connection) => kept(connection).pingedAt, {
      get: (connection) => kept(connection).kept,
      // As the runtime keeps it.
      set: (connection, state) => void (kept(connection).kept = JSON.parse(JSON.stringify(state))),
    });
  const begun = async (): Promise<RunRecord> => {
    const run = one.start();
    await one.ended();
    return run;
  };
  let sockets = awake();
  return {
    ...one,
    begun,
    /** What was in memory is lost: the agent slept. */
    sleep: () => void (sockets = awake()),
    /** From now on the author cannot say what the limits are. */
    breakLimits: () =>
      void (limits = () => {
        throw misconfigured("limits() has failed.");
      }),
    /** @param run that was alive when the agent died, where there was one */
    recover: async (run: RunRecord | undefined, ...all: readonly TestConnection[]): Promise<void> =>
      sockets.recover(
        all.map(({ connection }) => connection),
        run === undefined ? [] : [run.id],
      )?.(),
    close: (socket: TestConnection): void => sockets.closed(socket.connection),
    closeSilent: (...all: readonly TestConnection[]): void =>
      sockets.closeSilent(
        all.map(({ connection }) => connection),
        Date.now(),
      ),
    connect: (query = "", grant?: EffectiveGrant, version = "v=1"): TestConnection => {
      const socket = new TestConnection();
      const request = new Request(`http://agent.example/agents/a/b?${version}${query}`);
      sockets.open(socket.connection, request, grant, undefined);
      sockets.begin(socket.connection, request);
      return socket;
    },
    /** What is answered to a frame. */
    send: async (socket: TestConnection, frame: Frame | string | ArrayBuffer): Promise<readonly Frame[]> => {
      const before = socket.frames.length;
      const isRaw = typeof frame === "string" || frame instanceof ArrayBuffer;
      await sockets.receive(socket.connection, isRaw ? frame : JSON.stringify(frame));
      return socket.frames.slice(before);
    },
  };
}

async function* large(): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  const data = "x".repeat(FLOW_WINDOW_BYTES / 2);
  for (let index = 0; index < 5; index++) yield { type: "data-large", data, transient: true };
  yield { type: "finish" };
}

/** Of the last event that a socket was asked to acknowledge. */
function marked({ frames }: TestConnection): string {
  const { id, events } = frames.findLast(({ type, ack }) => type === "events" && ack === true) ?? {};
  const [epoch, seq] = String(id).split(".");
  return `${epoch}.${Number(seq) + (events as unknown[]).length - 1}`;
}

afterEach(() => void vi.useRealTimers());

describe("an ack that is refused", () => {
  it("because its run has gone leaves no place of the socket's taken", async () => {
    const { connect, send, begun, log } = fixture({ runsPerSocket: 1 });
    const run = await begun();
    const socket = connect(`&resume=${run.id}&acks=1`);
    const id = marked(socket);
    log.expireEndedBefore(Date.now(), Date.now());
    const kept = await begun();
    expect(await send(socket, { type: "resume", run: kept.id })).toMatchObject([{ type: "error", error: { code: "too_many_requests" } }]);
    expect(await send(socket, { type: "ack", run: run.id, id })).toMatchObject([
      { type: "error", frame: "ack", run: run.id, error: { code: "run_gone" } },
    ]);
    expect((await send(socket, { type: "resume", run: kept.id }))[0]).toMatchObject({ type: "resumed", run: { id: kept.id } });
    // One that crossed the refusal is of no run that is followed.
    expect(await send(socket, { type: "ack", run: run.id, id })).toEqual([]);
  });

  it.each([
    ["is awake", false],
    ["slept meanwhile", true],
  ])("because its id names no event is cannot_resume, where the agent %s", async (_what, slept) => {
    const { connect, send, sleep, begun } = fixture({ runsPerSocket: 1 });
    const run = await begun();
    for (const [id, reason] of [
      ["", "malformed"],
      ["x", "malformed"],
      ["other.1", "unknown_epoch"],
      [`${run.epoch}.999`, "beyond_tail"],
    ]) {
      const socket = connect(`&resume=${run.id}&acks=1`);
      if (slept) sleep();
      expect(await send(socket, { type: "ack", run: run.id, id })).toMatchObject([
        { type: "error", frame: "ack", run: run.id, error: { code: "cannot_resume", reason } },
      ]);
      // Its client has given it up, and may follow another.
      expect((await send(socket, { type: "resume", run: (await begun()).id }))[0]).toMatchObject({ type: "resumed" });
    }
  });
});

it("where there is no room, sockets are closed that promised pings and were silent for two periods, and for two minutes", () => {
  vi.useFakeTimers();
  const { connect, closeSilent, sleep } = fixture();
  const [gone, slow, promisesNone] = [connect("&heartbeat=15000"), connect("&heartbeat=60000"), connect()];
  for (const one of [gone, slow]) one.pingedAt = Date.now();
  vi.advanceTimersByTime(100_000);
  // The runtime answers pings while the agent sleeps.
  const [pings, new_] = [connect("&heartbeat=15000"), connect("&heartbeat=15000")];
  new_.pingedAt = Date.now();
  vi.advanceTimersByTime(20_001);
  pings.pingedAt = Date.now() - 1_000;
  sleep();
  closeSilent(gone, slow, promisesNone, pings, new_);
  expect([gone, slow, promisesNone, pings, new_].map(({ closeCode }) => closeCode)).toEqual([4408, 4408, undefined, undefined, undefined]);
  expect(gone.frames.at(-1)).toMatchObject({ type: "error", error: { code: "request_timeout" } });
  // Whoever was heard last two minutes ago is gone by now, too.
  vi.advanceTimersByTime(120_001);
  closeSilent(pings, new_);
  expect([pings, new_].map(({ closeCode }) => closeCode)).toEqual([4408, 4408]);
});

it("where there is no room, sockets stay whose clients send what is large, or anything at all", async () => {
  vi.useFakeTimers();
  const { connect, closeSilent, send, sleep, begun } = fixture();
  const run = await begun();
  const [busy, sends, small] = [connect("&heartbeat=15000"), connect("&heartbeat=15000"), connect("&heartbeat=15000")];
  for (const one of [busy, sends]) one.pingedAt = Date.now();
  await send(busy, { type: "busy", ms: 256_000 });
  vi.advanceTimersByTime(110_000);
  await send(sends, { type: "cancel", run: run.id });
  vi.advanceTimersByTime(100_000);
  closeSilent(busy, sends, small);
  expect([busy, sends, small].map(({ closeCode }) => closeCode)).toEqual([undefined, undefined, undefined]);
  // What a client said of a large frame outlives the agent's sleep.
  sleep();
  vi.advanceTimersByTime(100_000);
  closeSilent(busy, sends, small);
  expect([busy, sends, small].map(({ closeCode }) => closeCode)).toEqual([undefined, 4408, undefined]);
  // 1 MiB at 2,048 bytes a second is the longest that a client may take which never said anything.
  vi.advanceTimersByTime(300_000);
  closeSilent(busy, small);
  expect([busy, small].map(({ closeCode }) => closeCode)).toEqual([4408, 4408]);
});

describe("sockets that outlived their agent", () => {
  /** A socket that follows a run, and was sent a window of it, in the life before. */
  async function outlived(many: number) {
    const one = fixture();
    const run = await one.begun();
    const sockets = Array.from({ length: many }, () => one.connect(`&resume=${run.id}&acks=1`));
    one.sleep();
    const before = sockets.map(({ frames }) => frames.length);
    return { ...one, run, sockets, sent: () => sockets.map(({ frames }, at) => frames.length - before[at]!) };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

  it("follow their runs again, one in a turn, so that none of them holds up what woke the agent", async () => {
    const { recover, run, sockets, sent } = await outlived(20);
    const all = recover(run, ...sockets);
    expect(sent().filter((many) => many > 0)).toEqual([]);
    await turn();
    expect(sent().filter((many) => many > 0).length).toBeLessThan(5);
    await all;
    expect(new Set(sent())).toEqual(new Set([2]));
  });

  it("are sent nothing twice where a frame of theirs comes first, and nothing of what they have left", async () => {
    const { recover, send, run, sockets, sent } = await outlived(4);
    const [waits, acknowledges, leaves, gone] = sockets as [TestConnection, TestConnection, TestConnection, TestConnection];
    const all = recover(run, ...sockets);
    await send(acknowledges, { type: "ack", run: run.id, id: marked(acknowledges) });
    await send(leaves, { type: "unsubscribe", run: run.id });
    gone.close(1001);
    const answered = sent();
    await all;
    expect(sent()).toEqual([2, answered[1], 0, 0]);
    const ids = [waits, acknowledges].map(({ frames }) => frames.filter(({ type }) => type === "events").map(({ id }) => id));
    // From the cursor that the agent has of each: the first had acknowledged nothing.
    expect(ids[0]).toEqual([...ids[0]!.slice(0, 2), ...ids[0]!.slice(0, 2)]);
    expect(new Set(ids[1]).size).toBe(ids[1]!.length);
  });

  it("have their turn in the next life, where the agent dies again before it and their run has ended meanwhile", async () => {
    const { recover, sleep, run, sockets, sent } = await outlived(6);
    vi.useFakeTimers();
    void recover(run, ...sockets);
    for (let one = 0; one < 3; one++) {
      vi.advanceTimersToNextTimer();
      await Promise.resolve();
    }
    expect(sent()).toEqual([2, 2, 2, 0, 0, 0]);
    // Nothing more comes of this life, and in the next one the run is not among the dead.
    vi.clearAllTimers();
    sleep();
    const all = recover(undefined, ...sockets);
    await vi.runAllTimersAsync();
    await all;
    expect(sent()).toEqual([4, 4, 4, 2, 2, 2]);
    // All have had it.
    sleep();
    await recover(undefined, ...sockets);
    expect(sent()).toEqual([4, 4, 4, 2, 2, 2]);
  });

  it("are told that the run has gone where it was deleted before their turn, and may follow another in its place", async () => {
    const one = fixture({ runsPerSocket: 1 });
    const run = await one.begun();
    const socket = one.connect(`&resume=${run.id}&acks=1`);
    one.sleep();
    one.log.expireEndedBefore(Date.now(), Date.now());
    const before = socket.frames.length;
    await one.recover(run, socket);
    expect(socket.frames.slice(before)).toEqual([{ type: "error", run: run.id, error: expect.objectContaining({ code: "run_gone" }) }]);
    expect((await one.send(socket, { type: "resume", run: (await one.begun()).id }))[0]).toMatchObject({ type: "resumed" });
  });

  it("of a sub-agent are served nothing behind a close of ours, though nothing of them says so", async () => {
    const { connect, send, close, begun, runs } = fixture();
    const run = await begun();
    const socket = connect();
    socket.readyState = undefined;
    close(socket);
    expect(await send(socket, { type: "resume", run: run.id })).toEqual([]);
    expect(await send(socket, { type: "input", run: run.id, key: "k", data: 1 })).toEqual([]);
    expect(runs.readerCount).toBe(0);
  });

  it("of a sub-agent are sent nothing once they have closed, though nothing of them says so", async () => {
    const { recover, close, run, runs, sockets, sent } = await outlived(2);
    for (const socket of sockets) socket.readyState = undefined;
    const before = runs.readerCount;
    const all = recover(run, ...sockets);
    close(sockets[1]!);
    await all;
    expect(sent()).toEqual([2, 0]);
    expect(runs.readerCount).toBe(before + 1);
  });
});

describe("where limits() throws, a socket", () => {
  beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());
  afterEach(() => void vi.restoreAllMocks());

  const large = (run: RunRecord): Frame => ({ type: "input", run: run.id, key: "k", data: "x".repeat(1_200_000) });

  it("is held to what it said last, be that more or less than the defaults", async () => {
    const { connect, send, begun, breakLimits } = fixture({ requestBytes: 3_000_000, runsPerSocket: 1 });
    const [run, other] = [await begun(), await begun()];
    const socket = connect(`&resume=${run.id}&acks=1`);
    breakLimits();
    expect(await send(socket, large(run))).toMatchObject([{ frame: "input", error: { code: "run_ended" } }]);
    expect(await send(socket, { type: "resume", run: other.id })).toMatchObject([{ error: { code: "too_many_requests", limit: 1 } }]);
  });

  it("that has said nothing before is held to the defaults, and what is beyond them is refused for now", async () => {
    const { connect, send, begun, breakLimits } = fixture({ requestBytes: 3_000_000 });
    const run = await begun();
    breakLimits();
    const socket = connect(`&resume=${run.id}&acks=1`);
    const small = await send(socket, { type: "input", run: run.id, key: "k", data: 1 });
    expect(small).toMatchObject([{ frame: "input", error: { code: "run_ended" } }]);
    expect(await send(socket, large(run))).toMatchObject([{ frame: "input", key: "k", error: { code: "misconfigured" } }]);
    expect(socket.closeCode).toBe(4429);
  });
});

it("a socket of the SDK's own clients is asked for nothing by its query, and is answered what its frames ask for", async () => {
  const { connect, send, begun } = fixture();
  const run = await begun();
  const socket = connect(`&resume=${run.id}&resume=theirs&acks=1&binary=1&heartbeat=1000`, undefined, "");
  expect(socket.frames).toEqual([]);
  const [resumed, ...events] = await send(socket, { type: "resume", run: run.id });
  expect(resumed).toMatchObject({ type: "resumed", run: { id: run.id } });
  // Nothing is held back for an acknowledgement that its query asked for.
  expect(events.at(-1)).toMatchObject({ events: expect.arrayContaining([expect.objectContaining({ type: "data-run-end" })]) });
});

it("a resume that finds no room for another reader takes no place on its socket", async () => {
  const { connect, send, begun, runs } = fixture({ runsPerSocket: 1 });
  const [full, other] = [await begun(), await begun()];
  const readers = Array.from({ length: DEFAULT_LIMITS.readersPerRun }, () => new LogReader(runs, full, 0, "ws"));
  const socket = connect();
  const answers = await send(socket, { type: "resume", run: full.id });
  expect(answers).toMatchObject([{ type: "resumed" }, { type: "error", error: { code: "too_many_requests" } }]);
  expect((await send(socket, { type: "resume", run: other.id }))[0]).toMatchObject({ type: "resumed" });
  for (const reader of readers) reader.close();
});

describe("a start on a socket that follows as many runs as it may", () => {
  const started = (
    socket: TestConnection,
    send: (socket: TestConnection, frame: Frame) => Promise<readonly Frame[]>,
    key: string,
    prompt = "x",
  ) => send(socket, { type: "start", key, input: { prompt } });

  it("joins the run of its key, which that socket follows, and takes no other place", async () => {
    const { connect, send, ended } = fixture({ runsPerSocket: 1 });
    const socket = connect();
    const first = { type: "start", key: "k", input: { prompt: "x" }, acks: true };
    const [answer] = await send(socket, first);
    expect(answer).toMatchObject({ type: "started", key: "k", joined: false });
    await ended();
    const { run } = answer as unknown as { run: { id: string } };
    expect((await send(socket, first))[0]).toMatchObject({ type: "started", key: "k", joined: true, run: { id: run.id } });
    expect(await started(socket, send, "other")).toMatchObject([{ type: "error", key: "other", error: { code: "too_many_requests" } }]);
    // What can never be had is not refused for now.
    expect(await started(socket, send, "k", "y")).toMatchObject([{ type: "error", key: "k", error: { code: "key_reused" } }]);
  });

  it("is refused for now where the run of its key is not among those, and begins no other", async () => {
    const { connect, send, ended, log } = fixture({ runsPerSocket: 1 });
    const [one, other] = [connect(), connect()];
    for (const [socket, key] of [
      [one, "a"],
      [other, "b"],
    ] as const)
      await send(socket, { type: "start", key, input: { prompt: "x" }, acks: true });
    await ended();
    expect(await started(one, send, "b")).toMatchObject([{ type: "error", key: "b", error: { code: "too_many_requests" } }]);
    expect(log.page(10, undefined, () => true)).toHaveLength(2);
  });
});

describe("once its credentials have ended, a socket", () => {
  const frames: readonly [string, (run: RunRecord) => Frame | string | ArrayBuffer, object][] = [
    ["a start", () => ({ type: "start", key: "k", input: { prompt: "x" } }), { frame: "start", key: "k" }],
    ["a start at fault", () => ({ type: "start", key: "k", input: { prompt: 1 } }), { frame: "start", key: "k" }],
    ["a resume", ({ id: run }) => ({ type: "resume", run }), { frame: "resume" }],
    ["an input", ({ id: run }) => ({ type: "input", run, key: "k", data: 1 }), { frame: "input", key: "k" }],
    ["a cancel", ({ id: run }) => ({ type: "cancel", run }), { frame: "cancel" }],
    ["an unsubscribe", ({ id: run }) => ({ type: "unsubscribe", run }), { frame: "unsubscribe" }],
    ["an ack of a run that it follows", ({ id: run, epoch }) => ({ type: "ack", run, id: `${epoch}.1` }), { frame: "ack" }],
    ["an ack of another run", () => ({ type: "ack", run: "another", id: "e.1" }), { frame: "ack", run: "another" }],
    ["a busy", () => ({ type: "busy", ms: 1_000 }), { frame: "busy" }],
    ["a frame of no type", () => ({ type: "nonsense" }), { frame: "nonsense" }],
    ["what is not JSON", () => "{", {}],
    ["a binary frame that it did not ask for", () => new ArrayBuffer(8), {}],
  ];
  it.each(frames)("is closed at %s", async (_what, frame, context) => {
    const { connect, send, begun } = fixture();
    const run = await begun();
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    const socket = connect(`&resume=${run.id}&acks=1`, { subject: "short", expiresAt: Date.now() + 1_000 });
    // From here on the next frame has its watch look at the time.
    expect(await send(socket, { type: "busy", ms: 1 })).toEqual([]);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await send(socket, frame(run))).toMatchObject([{ type: "error", error: { code: "unauthorized" }, ...context }]);
    expect(socket.closeCode).toBe(4408);
    expect(await send(socket, frame(run))).toEqual([]);
  });

  it("stays open at a ping", async () => {
    const { connect, send } = fixture();
    const socket = connect("", { subject: "short", expiresAt: Date.now() - 1 });
    expect(await send(socket, '{ "type": "ping" }')).toEqual([{ type: "pong" }]);
    expect(socket.closeCode).toBeUndefined();
  });
});
