import type { Connection } from "agents";
import type { UIMessageChunk } from "ai";
import { afterEach, describe, expect, it, vi } from "vitest";
import { conversationIn, fillTable, rolesIn, waiting } from "../../test/recovery/conversations.ts";
import { agent, deadAfter, HALF, say, textIn, WHOLE } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { checkedDurability, type Durability } from "./durability.ts";
import { isFull } from "./full-storage.ts";
import { FollowingAgain } from "../ws/following-again.ts";
import { LogReader } from "./log-reader.ts";
import { LiveRun } from "./live-run.ts";
import { RunLog } from "./log.ts";
import { DEFAULT_RETENTION, RunExpiry } from "./retention.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** As SQLite says it. */
const FULL = /database or disk is full/;

function whatComesOf(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    return String(error);
  }
}

const delta = (words: string): UIMessageChunk => ({ type: "text-delta", id: "0", delta: words });

function liveRun(durability: Durability) {
  const sql = new TestSql();
  const log = new RunLog(sql.storage);
  log.create({ id: "r", epoch: "e", key: null, fingerprint: "f", chat: null, createdAt: 0, subject: null });
  const run = new LiveRun(log, log.byId("r")!, 0, checkedDurability(durability));
  return { sql, log, run };
}

/** The words of deltas, and the types of all else. */
function saidIn(texts: readonly string[]): string[] {
  return texts.map((chunk) => JSON.parse(chunk) as UIMessageChunk).map((chunk) => (chunk.type === "text-delta" ? chunk.delta : chunk.type));
}

const allOf = (log: RunLog): string[] => saidIn(log.read(1, 0, 10_000_000)?.chunks ?? []);

describe.each<Durability>([{ level: "event" }, { level: "window", windowMs: 50 }, { level: "behind", windowMs: 50 }])(
  "a run whose storage is full, at the level $level",
  (durability) => {
    it("keeps what it could not store, and stores it with its end, once and in order; its generation hears of it", async () => {
      vi.spyOn(console, "error").mockReturnValue();
      vi.useFakeTimers();
      const { sql, log, run } = liveRun(durability);
      run.push(delta("a"));
      run.push(delta("b"));
      const makeRoom = fillTable(sql, "transport_events");
      await vi.advanceTimersByTimeAsync(1_000);
      // At the level behind it was sent, and is to be stored later.
      const isSent = durability.level === "behind";
      expect(whatComesOf(() => run.push(delta("c")))).toMatch(isSent ? /^undefined$/ : FULL);
      makeRoom();
      run.push(delta("d"));
      run.end({ state: "finished" }, { type: "finish" }, 1);
      const words = isSent ? ["a", "b", "c", "d"] : ["a", "b", "d"];
      expect(allOf(log)).toEqual([...words, "finish", "data-run-end"]);
      expect(run.tail).toBe(words.length + 2);
    });

    it.each(["transport_events", "transport_runs"])(
      "ends as a whole or not at all, and then wakes its readers: %s takes nothing",
      (table) => {
        const { sql, log, run } = liveRun(durability);
        run.push(delta("a"));
        run.push(delta("b"));
        const seen: string[] = [];
        run.onAppend(() => seen.push(...(run.latest?.chunks ?? [])));
        const end = (): boolean => run.end({ state: "cancelled" }, { type: "abort" }, 1);
        const makeRoom = fillTable(sql, table);
        for (let time = 0; time < 2; time++) expect(end).toThrow(FULL);
        expect([run.ended, log.byId("r")?.state, seen]).toEqual([false, "running", []]);
        makeRoom();
        expect([end(), end()]).toEqual([true, false]);
        expect(log.byId("r")?.state).toBe("cancelled");
        expect(allOf(log)).toEqual(["a", "b", "abort", "data-run-end"]);
        expect(saidIn(seen).slice(-2)).toEqual(["abort", "data-run-end"]);
      },
    );
  },
);

describe("an agent whose storage is full", () => {
  it.each(["transport_runs", "transport_events", "transport_messages", "transport_inputs", "transport_tool_calls"])(
    "stops a model that is cancelled, and ends its run once there is room: %s takes nothing",
    async (table) => {
      vi.spyOn(console, "error").mockReturnValue();
      const sql = new TestSql();
      const last = waiting(...HALF);
      let signal: AbortSignal | undefined;
      const one = agent(sql, (generation) => {
        ({ signal } = generation);
        return last(generation);
      });
      const run = one.start();
      await last.said;
      await vi.waitFor(() => expect(textIn(one.chunks(run))).not.toBe(""));
      const reader = new LogReader(one.runs, run, 0, "sse");
      while (reader.next() !== undefined);
      const woken = reader.wait(60_000);
      vi.useFakeTimers();
      const makeRoom = fillTable(sql, table);
      const isNeeded = table === "transport_runs" || table === "transport_events";
      expect(whatComesOf(() => one.runs.cancel(run.id).state)).toMatch(isNeeded ? FULL : /^cancelled$/);
      expect(signal?.aborted).toBe(true);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(one.runs.find(run.id).state).toBe(isNeeded ? "running" : "cancelled");
      makeRoom();
      await vi.advanceTimersByTimeAsync(60_000);
      await one.ended();
      expect(await woken).toBe("appended");
      const rest = saidIn(reader.next()?.chunks ?? []);
      expect(rest).toEqual(["abort", "data-run-end"]);
      expect([one.runs.find(run.id).state, reader.complete, one.runs.liveCount]).toEqual(["cancelled", true, 0]);
      reader.close();
    },
  );

  it.each(["transport_runs", "transport_messages"])(
    "begins nothing, and keeps nothing of what it did not begin: %s takes nothing",
    async (table) => {
      const sql = new TestSql();
      const one = agent(sql, () => say("On."));
      one.start({ prompt: "first" });
      await one.ended();
      const makeRoom = fillTable(sql, table);
      expect(() => one.start({ prompt: "second" })).toThrow(FULL);
      makeRoom();
      expect(one.conversation.messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
      expect(rolesIn(sql)).toEqual(["user", "assistant"]);
      expect(one.log.unfinished()).toEqual([]);
      one.start({ prompt: "third" });
      await one.ended();
      expect(JSON.stringify(conversationIn(sql))).not.toContain("second");
    },
  );

  it.each(["transport_events", "transport_inputs"])("takes an input with its key or not at all: %s takes nothing", async (table) => {
    const sql = new TestSql();
    const last = waiting(...HALF);
    const one = agent(sql, last);
    const run = one.start();
    await last.said;
    const send = () => one.runs.inputs(run.id, [{ key: "k", data: 1 }]);
    const makeRoom = fillTable(sql, table);
    expect(send).toThrow(FULL);
    makeRoom();
    expect(send()).toEqual(send());
    expect(one.chunks(run).filter(({ type }) => type === "data-input")).toHaveLength(1);
    one.runs.cancel(run.id);
    await one.ended();
  });

  it("ends what died with it, whatever it can store", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { sql, run } = await deadAfter(HALF);
    const makeRoom = fillTable(sql, "transport_runs");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const next = agent(sql, () => say(WHOLE));
    next.runs.recover();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(next.runs.live(run.id)?.ended).toBe(false);
    makeRoom();
    await vi.advanceTimersByTimeAsync(60_000);
    await next.ended();
    expect(next.chunks(run).filter(({ type }) => type === "data-run-end")).toHaveLength(1);
    expect(next.runs.find(run.id)).toMatchObject({ state: "interrupted", error: { code: "interrupted" } });
  });

  it("fails a run that had gone on after its death", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { sql, run } = await deadAfter(HALF);
    const filled = Promise.withResolvers<() => void>();
    const next = agent(sql, async function* () {
      yield* say(WHOLE);
      filled.resolve(fillTable(sql, "transport_runs"));
    });
    next.runs.recover();
    const makeRoom = await filled.promise;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(next.runs.find(run.id).state).toBe("running");
    makeRoom();
    await vi.advanceTimersByTimeAsync(60_000);
    await next.ended();
    expect([textIn(next.chunks(run)), next.runs.find(run.id).state]).toEqual([WHOLE, "failed"]);
  });

  it.each(["before the answer is taken up again", "while its end is written again and again"])(
    "ends a run as cancelled whose cancel it did not take: %s",
    async (when) => {
      vi.spyOn(console, "error").mockReturnValue();
      const { sql, run } = await deadAfter(HALF);
      const asked = Promise.withResolvers<void>();
      const may = Promise.withResolvers<boolean>();
      let generations = 0;
      const next = agent(
        sql,
        () => {
          generations += 1;
          return say(WHOLE);
        },
        {
          hooks: {
            recover: () => {
              asked.resolve();
              return may.promise;
            },
          },
        },
      );
      const isEarly = when.startsWith("before");
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      let makeRoom = isEarly ? (): void => undefined : fillTable(sql, "transport_runs");
      next.runs.recover();
      if (isEarly) {
        await asked.promise;
        makeRoom = fillTable(sql, "transport_runs");
      } else await vi.advanceTimersByTimeAsync(5_000);
      expect(() => next.runs.cancel(run.id)).toThrow(FULL);
      may.resolve(true);
      makeRoom();
      await vi.advanceTimersByTimeAsync(60_000);
      await next.ended();
      expect([next.runs.find(run.id).state, generations]).toEqual(["cancelled", 0]);
    },
  );

  it("takes nothing more of a model that hears of no cancel, where it did not take the cancel", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const sql = new TestSql();
    const said = Promise.withResolvers<void>();
    const one = agent(sql, async function* ({ signal }) {
      yield* HALF;
      said.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield delta("and more");
    });
    const run = one.start();
    await said.promise;
    const makeRoom = fillTable(sql, "transport_runs");
    expect(() => one.runs.cancel(run.id)).toThrow(FULL);
    makeRoom();
    await one.ended();
    expect([one.runs.find(run.id).state, textIn(one.chunks(run))]).toEqual(["cancelled", textIn(HALF)]);
  });

  it("tells its operator of no abort that a cancel caused, where it did not take the cancel", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const sql = new TestSql();
    const said = Promise.withResolvers<void>();
    const described: unknown[] = [];
    const one = agent(
      sql,
      async function* ({ signal }) {
        yield* HALF;
        said.resolve();
        await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      { describe: (error) => described.push(error) },
    );
    const run = one.start();
    await said.promise;
    const makeRoom = fillTable(sql, "transport_runs");
    expect(() => one.runs.cancel(run.id)).toThrow(FULL);
    makeRoom();
    await one.ended();
    expect([one.runs.find(run.id).state, described]).toEqual(["cancelled", []]);
  });
});

describe("what says that there is no room", () => {
  it.each([
    ["SQLite's own words", new Error("database or disk is full"), true],
    ["the runtime's", new Error("database or disk is full: SQLITE_FULL"), true],
    ["another fault", new Error("no such table: transport_runs"), false],
    ["no error at all", "database or disk is full", false],
  ])("is told from anything else: %s", (_what, error, expected) => {
    expect(isFull(error)).toBe(expected);
  });
});

describe("retention by bytes", () => {
  function expiryOf(maxBytes: number) {
    const sql = new TestSql();
    const log = new RunLog(sql.storage);
    const expiry = new RunExpiry(
      log,
      () => ({ ...DEFAULT_RETENTION, maxBytes }),
      () => undefined,
    );
    let ends = 0;
    const end = (bytes: number): number => {
      ends += 1;
      const n = log.create({ id: `r${ends}`, epoch: "e", key: null, fingerprint: "f", chat: null, createdAt: ends, subject: null });
      log.append(n, 1, ["x".repeat(bytes)]);
      log.end(n, "finished", null, ends);
      expiry.ended(ends);
      return log.countKept();
    };
    return { sql, log, expiry, end };
  }

  it("deletes the runs that ended first, as each run ends", () => {
    const { log, end } = expiryOf(1_000_000);
    for (let n = 0; n < 30; n++) end(100_000);
    expect(log.bytes).toBeLessThanOrEqual(1_000_000);
    expect(log.countKept()).toBeGreaterThan(5);
    expect(log.byId("r1")?.goneAt).not.toBeNull();
    expect(log.byId("r30")?.goneAt).toBeNull();
  });

  it("keeps the run that ended last, however much there is beside runs", () => {
    const { sql, log, end } = expiryOf(1_000_000);
    sql.exec("CREATE TABLE of_the_author (what TEXT)");
    sql.exec("INSERT INTO of_the_author VALUES (?)", "x".repeat(2_000_000));
    for (let n = 0; n < 5; n++) expect(end(1_000)).toBe(1);
    expect(log.byId("r5")?.goneAt).toBeNull();
  });

  it("makes room before anything is written, where the storage was full in the life before", () => {
    const { log, expiry, end } = expiryOf(1_000_000_000);
    for (let n = 0; n < 20; n++) end(1_000);
    expiry.woke(100);
    expect(log.countKept()).toBe(20);
    expiry.makeRoom(100);
    expect(log.countKept()).toBe(4);
    expect(log.byId("r20")?.goneAt).toBeNull();
    expiry.makeRoom(100);
    expect(log.countKept()).toBe(0);
  });

  it("deletes no more than sixteen at once, where an earlier version kept many", () => {
    const { sql, end } = expiryOf(3_000_000);
    for (let n = 0; n < 40; n++) end(10_000);
    sql.exec("CREATE TABLE of_the_author (what TEXT)");
    sql.exec("INSERT INTO of_the_author VALUES (?)", "x".repeat(3_000_000));
    expect(end(10_000)).toBe(25);
    expect(end(10_000)).toBe(10);
  });

  it("is less by default than an object has, with all the runs that may be alive beside it", () => {
    expect(DEFAULT_RETENTION.maxBytes).toBeLessThan(10_000_000_000 - 100 * 3 * 16_777_216);
  });
});

it("an agent whose storage is full, and was so before there were sockets that follow again, starts all the same", () => {
  const sql = new TestSql();
  const log = new RunLog(sql.storage);
  sql.exec("CREATE TABLE filling (text TEXT)");
  const { page_count: pages } = sql.storage.exec<{ page_count: number }>("PRAGMA page_count").one();
  sql.exec(`PRAGMA max_page_count = ${pages + 3}`);
  expect(whatComesOf(() => sql.exec("INSERT INTO filling VALUES (zeroblob(100000))"))).toMatch(FULL);
  for (let small = 0; small < 10_000 && !FULL.test(whatComesOf(() => sql.exec("INSERT INTO filling VALUES (zeroblob(1000))"))); small++);
  const makes = (): FollowingAgain => new FollowingAgain(sql.storage, (write) => log.write(write));
  expect(whatComesOf(() => new RunLog(sql.storage))).not.toMatch(FULL);
  expect(
    makes().begin(
      [],
      ["dead"],
      () => [],
      () => undefined,
    ),
  ).toBeUndefined();
  vi.spyOn(console, "error").mockReturnValue();
  // What was not kept is told, and they follow again in this life.
  const connection = {} as Connection;
  expect(
    makes().begin(
      [connection],
      ["dead"],
      () => ["dead"],
      () => undefined,
    ),
  ).toBeDefined();
});
