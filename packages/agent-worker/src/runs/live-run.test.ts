import type { UIMessageChunk } from "ai";
import { afterEach, describe, expect, it, vi } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { checkedDurability, type Durability } from "./durability.ts";
import { eventText, LiveRun } from "./live-run.ts";
import { RunLog } from "./log.ts";

afterEach(() => void vi.useRealTimers());

function liveRun(durability: Durability = { level: "event" }): { readonly run: LiveRun; readonly log: RunLog; readonly sql: TestSql } {
  const sql = new TestSql();
  const log = new RunLog(sql.storage);
  log.create({ id: "r", epoch: "e", key: null, fingerprint: "f", chat: null, createdAt: 0, subject: null });
  return { run: new LiveRun(log, log.byId("r")!, 0, checkedDurability(durability)), log, sql };
}

const large = (index: number): UIMessageChunk => ({ type: "data-large", data: { index, text: "x".repeat(10_000) }, transient: true });

it("writes a generation's events during one turn: at most 64 Ki characters and one event wait, and no reader is sent more at once", () => {
  const { run, log } = liveRun();
  const woken: number[] = [];
  run.onAppend(() => woken.push((run.latest?.chunks ?? []).reduce((sum, chunk) => sum + chunk.length, 0)));
  for (let index = 0; index < 1_000; index++) run.push(large(index));
  expect(log.tail(1)).toBeGreaterThan(990);
  expect(Math.max(...woken)).toBeLessThan(65_536 + 11_000);
  run.end({ state: "finished" }, { type: "finish" }, 1);
  const indices: unknown[] = [];
  for (let after = 0; after < run.tail;) {
    const chunks = log.read(1, after, 65_536)?.chunks ?? [];
    for (const chunk of chunks) indices.push((JSON.parse(chunk) as { data?: { index?: number } }).data?.index);
    after += chunks.length;
  }
  expect(indices.slice(0, 1_000)).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  // finish, and the run's end.
  expect(indices).toHaveLength(1_002);
});

it("writes the first event at once, and collects later ones of the same turn", () => {
  // A machine that does other things besides makes a turn long, and what is late is written at once.
  vi.useFakeTimers();
  const { run, log } = liveRun();
  run.push(delta);
  expect(log.tail(1)).toBe(1);
  run.push(delta);
  run.push(delta);
  expect(log.tail(1)).toBe(1);
  expect(run.append([eventText(delta)])).toBe(4);
});

/** What a run of one level does in fake time. */
function timed(durability: Durability): {
  readonly run: LiveRun;
  readonly log: RunLog;
  /** By append, when it came and how many events it gave to readers. */
  readonly sent: { readonly at: number; readonly events: number }[];
  readonly rows: () => number;
} {
  vi.useFakeTimers({ now: 0 });
  const { run, log, sql } = liveRun(durability);
  const sent: { at: number; events: number }[] = [];
  run.onAppend(() => sent.push({ at: Date.now(), events: run.latest?.chunks.length ?? 0 }));
  return { run, log, sent, rows: () => sql.rowsWritten("transport_events") };
}

/** Without that of the isolate's pace, which fires in the next turn. */
function timersLeft(): number {
  vi.advanceTimersByTime(0);
  return vi.getTimerCount();
}

const delta: UIMessageChunk = { type: "text-delta", id: "0", delta: "word" };

/** A word each 20 ms, as a model at 50 tokens/s writes them. */
function write(run: LiveRun, words: number): void {
  for (let word = 0; word < words; word++) {
    run.push(delta);
    vi.advanceTimersByTime(20);
  }
}

describe("at the level event", () => {
  it("each word of a model at 50 tokens/s is stored and sent when it comes", () => {
    const { run, sent, rows } = timed({ level: "event" });
    write(run, 100);
    expect(sent.map(({ at }) => at)).toEqual(Array.from({ length: 100 }, (_, index) => index * 20));
    expect(rows()).toBe(100);
  });
});

describe("at the level window", () => {
  it("1,000 words at 50 tokens/s are 167 rows, each stored before its words are sent, and no word waits longer than the window", () => {
    const { run, log, sent, rows } = timed({ level: "window" });
    const tails: boolean[] = [];
    run.onAppend(() => tails.push(log.tail(1) === run.tail));
    write(run, 1_000);
    run.end({ state: "finished" }, { type: "finish" }, Date.now());
    expect(rows()).toBeLessThanOrEqual(169);
    expect(tails).not.toContain(false);
    expect(Math.max(...sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? Number.NaN)))).toBeLessThanOrEqual(125);
  });

  it("words wait as long as one round of writes to thousands of readers takes, at each level", () => {
    for (const [level, readers, leastMs, mostMs] of [
      ["window", 500, 105, 125],
      ["window", 5_000, 336, 400],
      ["window", 50_000, 420, 500],
      ["event", 500, 20, 20],
      ["event", 1_000, 67, 80],
    ] as const) {
      const { run, sent } = timed({ level });
      for (let reader = 1; reader < readers; reader++) run.onAppend(() => undefined);
      write(run, 100);
      const gaps = sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? Number.NaN));
      expect(Math.min(...gaps), `${level}, ${readers}`).toBeGreaterThanOrEqual(leastMs);
      expect(Math.max(...gaps), `${level}, ${readers}`).toBeLessThanOrEqual(mostMs);
    }
  });

  it("the first word after a quiet moment is sent at once", () => {
    const { run, sent } = timed({ level: "window", windowMs: 100 });
    run.push({ type: "start" });
    run.push({ type: "text-start", id: "0" });
    write(run, 1);
    vi.advanceTimersByTime(500);
    write(run, 1);
    expect(sent).toEqual([
      { at: 0, events: 1 },
      { at: 2, events: 2 },
      { at: 520, events: 1 },
    ]);
  });

  it("what is no piece of a text is sent within two milliseconds, with the words that wait before it", () => {
    const { run, sent } = timed({ level: "window", windowMs: 100 });
    write(run, 3);
    run.push({ type: "tool-input-available", toolCallId: "1", toolName: "clock", input: {} });
    expect(sent.at(-1)).toEqual({ at: 60, events: 3 });
    write(run, 1);
    run.end({ state: "cancelled" }, { type: "abort" }, Date.now());
    expect(sent.at(-1)).toEqual({ at: 80, events: 3 });
    expect(timersLeft()).toBe(0);
  });
});

describe("at the level behind", () => {
  it("words are sent when they come, and 1,000 words at 50 tokens/s are some 20 rows", () => {
    const { run, sent, rows } = timed({ level: "behind" });
    write(run, 1_000);
    run.end({ state: "finished" }, { type: "finish" }, Date.now());
    expect(sent.slice(0, 1_000).map(({ at }) => at)).toEqual(Array.from({ length: 1_000 }, (_, index) => index * 20));
    expect(rows()).toBeLessThanOrEqual(22);
    expect(timersLeft()).toBe(0);
  });

  it("a reader gets every event once and in order, stored or not, from any cursor", () => {
    const { run, log } = timed({ level: "behind", windowMs: 100 });
    for (let word = 0; word < 40; word++) {
      run.push({ type: "text-delta", id: "0", delta: String(word) });
      vi.advanceTimersByTime(7);
      for (let after = 0; after < run.tail; after++) {
        const batch = run.recent(after) ?? log.read(1, after, 1);
        expect(batch?.first).toBe(after + 1);
        expect(JSON.parse(batch?.chunks[0] ?? "")).toMatchObject({ delta: String(after) });
      }
    }
    expect(log.tail(1)).toBeLessThan(run.tail);
  });

  it("no event is sent whose id the log does not know to be possible, and one such id is never sent", () => {
    const { run, log } = timed({ level: "behind", windowMs: 60_000 });
    for (let word = 0; word < 5_000; word++) {
      run.push(delta);
      vi.advanceTimersByTime(word % 3);
      expect(run.tail).toBeLessThan(log.ahead(1));
    }
  });

  it("an input and the end of the run are stored when they are sent", () => {
    const { run, log } = timed({ level: "behind" });
    write(run, 5);
    expect(log.tail(1)).toBe(1);
    expect(run.append([eventText({ type: "data-input", id: "key", data: 1, transient: true })])).toBe(6);
    expect(log.tail(1)).toBe(6);
    write(run, 2);
    run.end({ state: "finished" }, { type: "finish" }, Date.now());
    expect(log.tail(1)).toBe(10);
    expect(log.ahead(1)).toBe(10);
  });
});
