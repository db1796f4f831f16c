import { describe, expect, it, onTestFinished, vi } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { checkedDurability } from "./durability.ts";
import { Inputs } from "./inputs.ts";
import { LiveRun } from "./live-run.ts";
import { RunLog } from "./log.ts";

const PER_SECOND = { inputsPerSecond: 5 };

function inputs(): { readonly sql: TestSql; readonly log: RunLog; readonly run: LiveRun; readonly inputs: Inputs } {
  const sql = new TestSql();
  const log = new RunLog(sql.storage);
  log.create({ id: "r", epoch: "e", key: null, fingerprint: "f", chat: null, createdAt: 0, subject: null });
  const record = log.byId("r")!;
  const run = new LiveRun(log, record, 0, checkedDurability({ level: "event" }));
  return { sql, log, run, inputs: new Inputs(log, record, run) };
}

function rows(sql: TestSql, table: "transport_events" | "transport_inputs"): number {
  return sql.rowsWritten(table);
}

const list = (...keys: readonly string[]): { key: string; data: string }[] => keys.map((key) => ({ key, data: `data of ${key}` }));
const ids = (...accepted: readonly (readonly [key: string, seq: number])[]): object[] =>
  accepted.map(([key, seq]) => ({ id: `e.${seq}`, key }));

describe("several inputs", () => {
  it("are one row of the log, and one for each key", () => {
    const { sql, run, inputs: all } = inputs();
    run.append(['{"type":"start"}']);
    expect(all.accept(list("a", "b", "c"), PER_SECOND)).toEqual({ accepted: ids(["a", 2], ["b", 3], ["c", 4]), refused: undefined });
    expect([rows(sql, "transport_events"), rows(sql, "transport_inputs")]).toEqual([2, 3]);
    expect(all.take()).toEqual(["data of a", "data of b", "data of c"]);
    expect(sql.open).toBe(0);
  });

  it("share their row with the events that waited before them", () => {
    // A slow machine would write what is to wait.
    vi.useFakeTimers({ now: 0 });
    onTestFinished(() => void vi.useRealTimers());
    const { sql, log, run, inputs: all } = inputs();
    run.push({ type: "start" });
    run.push({ type: "text-start", id: "0" });
    expect(all.accept(list("a", "b"), PER_SECOND).accepted).toEqual(ids(["a", 3], ["b", 4]));
    expect(rows(sql, "transport_events")).toBe(2);
    const chunks = log.read(1, 0, 1_000)?.chunks.map((text): unknown => JSON.parse(text)) ?? [];
    expect(chunks.slice(2)).toEqual(list("a", "b").map(({ key, data }) => ({ type: "data-input", id: key, data, transient: true })));
  });

  it("write nothing where they were accepted before, in whatever list they come, and do not count towards the rate", () => {
    const { sql, inputs: all } = inputs();
    all.accept(list("a", "b"), PER_SECOND);
    for (let n = 0; n < 20; n++) expect(all.accept(list("b", "a"), PER_SECOND).accepted).toEqual(ids(["b", 2], ["a", 1]));
    expect(all.accept(list("a", "c", "b", "c"), PER_SECOND).accepted).toEqual(ids(["a", 1], ["c", 3], ["b", 2], ["c", 3]));
    expect([rows(sql, "transport_events"), rows(sql, "transport_inputs")]).toEqual([2, 3]);
    expect(all.take()).toEqual(["data of a", "data of b", "data of c"]);
  });

  it.each([
    [0.2, 1, 5],
    [0.3, 1, 4],
    [5, 10, 1],
  ])("at %d a second are taken %d at once, and the next one once its Retry-After of %d s is over", (perSecond, atOnce, seconds) => {
    vi.useFakeTimers({ now: 0, toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { inputs: all } = inputs();
    const keys = Array.from({ length: atOnce + 1 }, (_, index) => `k${index}`);
    const { accepted, refused } = all.accept(list(...keys), { inputsPerSecond: perSecond });
    expect(accepted).toHaveLength(atOnce);
    expect(refused?.body).toMatchObject({ code: "too_many_requests", limit: perSecond, retryAfter: seconds });
    expect(refused?.headers).toEqual({ "Retry-After": String(seconds) });
    vi.setSystemTime(seconds * 1_000);
    expect(all.accept(list("next"), { inputsPerSecond: perSecond })).toMatchObject({ accepted: [{ key: "next" }], refused: undefined });
  });

  it("are refused where their key brought another one before, in the log or in the list, and what was accepted stays", () => {
    const { sql, log, run, inputs: all } = inputs();
    all.accept(list("a", "b"), PER_SECOND);
    const other = { key: "a", data: "other" };
    const reused = { code: "key_reused", path: "key", run: "r" };
    for (let n = 0; n < 20; n++) expect(all.accept([other], PER_SECOND).refused?.body).toMatchObject(reused);
    const { accepted, refused } = all.accept([...list("c", "b"), other, ...list("d")], PER_SECOND);
    expect(accepted).toEqual(ids(["c", 3], ["b", 2]));
    expect(refused?.body).toMatchObject(reused);
    const twice = all.accept([...list("e"), { key: "e", data: 1 }], PER_SECOND);
    expect(twice.accepted).toEqual(ids(["e", 4]));
    expect(twice.refused?.body).toMatchObject(reused);
    expect(rows(sql, "transport_inputs")).toBe(4);
    expect(all.take()).toEqual(["a", "b", "c", "e"].map((key) => `data of ${key}`));
    run.end({ state: "finished" }, undefined, 1);
    const late = new Inputs(log, log.byId("r")!, undefined);
    expect(late.accept([other], PER_SECOND).refused?.body).toMatchObject(reused);
    expect(late.accept(list("a"), PER_SECOND)).toEqual({ accepted: ids(["a", 1]), refused: undefined });
  });

  it.each<[string, unknown, unknown, boolean]>([
    ["bytes and their base64", Uint8Array.of(0, 1, 2), { $bytes: "AAEC" }, true],
    ["an object and one with its members in another order", { a: 1, b: 2 }, { b: 2, a: 1 }, false],
    ["a number and its text", 1, "1", false],
    ["an input and one that no log could hold", "a", "\0".repeat(700_000), false],
  ])("are %s: whether they are the same is what the log says of them", (_what, first, second, same) => {
    const { inputs: all } = inputs();
    all.accept([{ key: "k", data: first }], PER_SECOND);
    const { refused } = all.accept([{ key: "k", data: second }], PER_SECOND);
    expect(refused?.body.code).toBe(same ? undefined : "key_reused");
  });

  it("that an agent of an earlier version accepted are known by their keys alone", () => {
    const { sql, log, run, inputs: all } = inputs();
    all.accept(list("a"), PER_SECOND);
    sql.exec("ALTER TABLE transport_inputs DROP COLUMN fingerprint");
    const later = new Inputs(new RunLog(sql.storage), log.byId("r")!, run);
    expect(later.accept([{ key: "a", data: "other" }, ...list("b")], PER_SECOND)).toEqual({
      accepted: ids(["a", 1], ["b", 2]),
      refused: undefined,
    });
    expect(later.accept([{ key: "b", data: "other" }], PER_SECOND).refused?.body.code).toBe("key_reused");
  });

  it("are accepted up to the one that is refused, and none behind it", () => {
    const { sql, inputs: all } = inputs();
    const bad = { key: "bad", data: { $bytes: "?" } };
    const { accepted, refused } = all.accept([...list("a", "b"), bad, ...list("c")], PER_SECOND);
    expect(accepted).toEqual(ids(["a", 1], ["b", 2]));
    expect(refused?.body).toMatchObject({ code: "invalid_request", path: "data" });
    expect(all.take()).toEqual(["data of a", "data of b"]);
    expect(all.accept(list("a", "b", "c"), PER_SECOND).accepted).toEqual(ids(["a", 1], ["b", 2], ["c", 3]));
    expect(rows(sql, "transport_inputs")).toBe(3);
  });

  it("stop at the rate, and the rest is accepted later", () => {
    const { inputs: all } = inputs();
    const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
    const { accepted, refused } = all.accept(list(...keys), PER_SECOND);
    expect(accepted).toHaveLength(2 * PER_SECOND.inputsPerSecond);
    expect(refused?.body).toMatchObject({ code: "too_many_requests", limit: PER_SECOND.inputsPerSecond, retryAfter: 1 });
    expect(refused?.headers).toEqual({ "Retry-After": "1" });
  });

  it("are refused once the run has ended, but for those at the front that it had", () => {
    const { log, run, inputs: all } = inputs();
    all.accept(list("a"), PER_SECOND);
    run.end({ state: "finished" }, undefined, 1);
    for (const late of [all, new Inputs(log, log.byId("r")!, undefined)]) {
      const { accepted, refused } = late.accept(list("a", "b", "c"), PER_SECOND);
      expect(accepted).toEqual(ids(["a", 1]));
      expect(refused?.body).toMatchObject({ code: "run_ended", run: "r" });
    }
  });

  it("leave nothing behind when the log cannot be read, so that they can be sent again", () => {
    const { sql, log, run } = inputs();
    const failing = new Inputs(new Proxy(log, { get: fails("inputs") }), log.byId("r")!, run);
    expect(() => failing.accept(list("a", "b"), PER_SECOND)).toThrow("of the storage");
    run.flush();
    expect([rows(sql, "transport_events"), rows(sql, "transport_inputs")]).toEqual([0, 0]);
    expect(failing.take()).toEqual([]);
  });
});

/** A log of which one method throws. */
function fails(method: keyof RunLog): (log: RunLog, name: string | symbol) => unknown {
  return (log, name) => {
    if (name === method)
      return () => {
        throw new Error("of the storage");
      };
    const member: unknown = Reflect.get(log, name);
    return typeof member === "function" ? member.bind(log) : member;
  };
}
