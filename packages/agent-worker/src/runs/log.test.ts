import { describe, expect, it } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { RunLog, type LastRow } from "./log.ts";

const run = { id: "r", epoch: "e", key: null, fingerprint: "f", chat: null, createdAt: 0, subject: null };

/** A run whose rows are of very different sizes: events one by one, then many in a turn, then large ones. */
function filled(): { readonly sql: TestSql; readonly log: RunLog; readonly n: number; readonly chunks: readonly string[] } {
  const sql = new TestSql();
  const log = new RunLog(sql.storage);
  const n = log.create(run);
  // A neighbour, whose rows are nobody's business.
  log.append(log.create({ ...run, id: "other" }), 1, ["1", "2", "3"]);
  const small = Array.from({ length: 700 }, (_, index) => `{"small":${index}}`);
  const many = Array.from({ length: 9_000 }, (_, index) => `{"together":${index},"é":"€"}`);
  const large = Array.from({ length: 20 }, (_, index) => `{"large":${index},"text":"${"x".repeat(50_000)}"}`);
  let last: LastRow | undefined;
  for (const [index, chunk] of small.entries()) last = log.append(n, index + 1, [chunk], null, last);
  log.append(n, small.length + 1, many);
  for (const [index, chunk] of large.entries()) log.append(n, small.length + many.length + index + 1, [chunk]);
  return { sql, log, n, chunks: [...small, ...many, ...large] };
}

describe("appending to the log", () => {
  const kept = (sql: TestSql): number => sql.storage.exec<{ count: number }>("SELECT COUNT(*) AS count FROM transport_events").one().count;

  it("writes one row each time, and keeps far fewer, which are all that is deleted", () => {
    const sql = new TestSql();
    const log = new RunLog(sql.storage);
    const n = log.create(run);
    const chunks = Array.from({ length: 1_000 }, (_, index) => JSON.stringify({ type: "text-delta", id: "0", delta: ` word ${index}` }));
    let last: LastRow | undefined;
    for (const [index, chunk] of chunks.entries()) last = log.append(n, index + 1, [chunk], null, last);
    expect(sql.rowsWritten("transport_events")).toBe(1_000);
    expect(kept(sql)).toBeLessThan(1_000 / 10);
    expect(log.tail(n)).toBe(1_000);
    for (const after of [0, 1, 17, 500, 999])
      expect(log.read(n, after, 1_000_000)).toEqual({ first: after + 1, chunks: chunks.slice(after) });
    const written = sql.rowsWritten("transport_events") + kept(sql);
    log.end(n, "finished", null, 1);
    log.expireEndedBefore(1, 2);
    expect(sql.rowsWritten("transport_events")).toBe(written);
  });

  it("counts how large a run is, in whatever rows, and no other run", () => {
    const { log, n, chunks } = filled();
    const units = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    // Line ends between the events of a row count too.
    expect(log.size(n)).toBeGreaterThanOrEqual(units);
    expect(log.size(n)).toBeLessThan(units + chunks.length);
    expect(log.size(log.create({ ...run, id: "new" }))).toBe(0);
  });

  it("does not write again what is long, nor grows a row by what is", () => {
    const sql = new TestSql();
    const log = new RunLog(sql.storage);
    const n = log.create(run);
    const long = JSON.stringify("x".repeat(2_000));
    const small = log.append(n, 1, ["1"]);
    const large = log.append(n, 2, [long], null, small);
    log.append(n, 3, ["3"], null, large);
    expect(kept(sql)).toBe(3);
    expect(log.read(n, 0, 10_000)?.chunks).toEqual(["1", long, "3"]);
  });

  it("says up to which id events may be sent, also in a row that grew", () => {
    const log = new RunLog(new TestSql().storage);
    const n = log.create(run);
    const last = log.append(n, 1, ["1"], 65);
    const next = log.append(n, 2, ["2"], 130, last);
    expect([log.tail(n), log.ahead(n)]).toEqual([2, 130]);
    log.append(n, 3, ["3"], null, next);
    expect([log.tail(n), log.ahead(n)]).toEqual([3, 3]);
  });
});

describe("reading the log", () => {
  it.each([1, 1_000, 65_536, 10_000_000])("gives every event once and in order, %i characters at a time", (maxChars) => {
    const { log, n, chunks } = filled();
    const read: string[] = [];
    for (;;) {
      const batch = log.read(n, read.length, maxChars);
      if (batch === undefined) break;
      expect(batch.first).toBe(read.length + 1);
      read.push(...batch.chunks);
    }
    expect(read).toEqual(chunks);
  });

  it("starts at any event, also within a row", () => {
    const { log, n, chunks } = filled();
    for (const after of [0, 1, 699, 700, 701, 4_321, 9_699, 9_700, chunks.length - 1]) {
      const batch = log.read(n, after, 1);
      expect(batch?.first).toBe(after + 1);
      expect(batch?.chunks[0]).toBe(chunks[after]);
    }
    expect(log.read(n, chunks.length, 1)).toBeUndefined();
    expect(log.read(n + 100, 0, 1)).toBeUndefined();
  });

  it("reads at most the requested size and one row into memory, whatever follows small rows", () => {
    const { log, n, chunks } = filled();
    let after = 0;
    while (after < chunks.length) {
      const batch = log.read(n, after, 65_536);
      const chars = (batch?.chunks ?? []).reduce((sum, chunk) => sum + chunk.length, 0);
      expect(chars).toBeLessThan(2 * 65_536);
      after += batch?.chunks.length ?? Number.POSITIVE_INFINITY;
    }
  });

  it("reads every SQL cursor to its end, because an open one holds its statement and the read transaction", () => {
    const { sql, log, n } = filled();
    for (const after of [0, 500, 5_000, 9_710]) log.read(n, after, 1_000);
    log.tail(n);
    expect(sql.open).toBe(0);
  });
});

it("gives a forgotten run's place to no other: whoever still reads it must not be given another run's events", () => {
  const sql = new TestSql();
  const log = new RunLog(sql.storage);
  log.end(log.create(run), "finished", null, 1);
  // In the agent's next life, in which somebody begins to read it.
  const next = new RunLog(sql.storage);
  const { n } = next.byId("r")!;
  next.expireEndedBefore(1, 2);
  next.forgetGoneBefore(2);
  next.append(next.create({ ...run, id: "other" }), 1, ["another's"]);
  expect(next.read(n, 0, 1)).toBeUndefined();
});

it("runs that are dated ahead are taken for now in the order in which they ended", () => {
  const log = new RunLog(new TestSql().storage);
  const [long, short] = ["long", "short"].map((id) => log.create({ ...run, id })) as [number, number];
  log.end(short, "finished", null, 1_000_000);
  log.end(long, "finished", null, 1_000_500);
  log.takeForNow(1_000, 100);
  expect(["long", "short"].map((id) => log.byId(id)?.endedAt)).toEqual([1_000, 500]);
  expect(log.expireOldest(1, 1_000)).toBe(1);
  expect(["long", "short"].map((id) => log.byId(id)?.goneAt)).toEqual([null, 1_000]);
});
