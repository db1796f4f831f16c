import type { UIMessageChunk } from "ai";
import { expect, it } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { Conversation } from "../runs/conversation.ts";
import { LogReader } from "../runs/log-reader.ts";
import { RunLog } from "../runs/log.ts";
import { Runs } from "../runs/runs.ts";
import { DEFAULT_LIMITS } from "../wire/limits.ts";
import { eventStreamResponse } from "./event-stream.ts";

const EVENTS = 1_000;

async function* large(): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  for (let index = 0; index < EVENTS; index++) yield { type: "data-large", data: "x".repeat(10_000), transient: true };
  yield { type: "finish" };
}

it("moves its cursor only as it is read, so that what a stopped reader has not read stays in the log", async () => {
  const sql = new TestSql().storage;
  let work: Promise<void> | undefined;
  const runs = new Runs(new RunLog(sql), new Conversation(sql), {
    generate: large,
    describeError: () => ({ code: "internal", message: "" }),
    keepAlive: (begin) => (work = begin()),
    ended: () => undefined,
    limits: () => DEFAULT_LIMITS,
    durability: () => ({ level: "event" }),
    observe: () => undefined,
    recovery: () => ({}),
    recover: () => true,
  });
  const { run } = runs.start({ input: { prompt: "Hello" } }, null, () => true);
  const reader = new LogReader(runs, run, 0, "sse");
  const body = eventStreamResponse(reader, 15_000, undefined, {}).body!.getReader();
  // The comment, and the first events.
  await body.read();
  await body.read();
  const stoppedAt = reader.cursor;
  await work;
  expect(runs.tail(run)).toBe(EVENTS + 3);
  expect(reader.cursor).toBe(stoppedAt);
  let bytes = 0;
  for (;;) {
    const before = reader.cursor;
    const { done, value } = await body.read();
    if (done) break;
    // About 64 KiB and an event at a time.
    expect(reader.cursor - before).toBeLessThan(10);
    bytes += value.byteLength;
  }
  expect(reader.cursor).toBe(EVENTS + 3);
  expect(bytes).toBeGreaterThan((EVENTS - 10) * 10_000);
});
