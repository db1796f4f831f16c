import type { UIMessageChunk } from "ai";
import { afterEach, expect, it, vi } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { LiveRun } from "./live-run.ts";
import { RunLog } from "./log.ts";

afterEach(() => void vi.useRealTimers());

function liveRun(): { readonly run: LiveRun; readonly log: RunLog } {
  const log = new RunLog(new TestSql().storage);
  log.create({ id: "r", epoch: "e", key: null, fingerprint: "f", chat: null, createdAt: 0, subject: null });
  return { run: new LiveRun(log, log.byId("r")!, 0), log };
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
  const delta: UIMessageChunk = { type: "text-delta", id: "0", delta: "word" };
  run.push(delta);
  expect(log.tail(1)).toBe(1);
  run.push(delta);
  run.push(delta);
  expect(log.tail(1)).toBe(1);
  expect(run.append(delta)).toBe(4);
});
