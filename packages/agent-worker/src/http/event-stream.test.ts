import type { UIMessageChunk } from "ai";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { expect, it } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { AskedLimits } from "../runs/asked-limits.ts";
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

/** A log in which an agent has answered so. */
function answered(generate: () => AsyncGenerator<UIMessageChunk>): {
  runs: Runs;
  run: ReturnType<Runs["start"]>["run"];
  over: () => Promise<void> | undefined;
} {
  const sql = new TestSql().storage;
  let work: Promise<void> | undefined;
  const runs = new Runs(new RunLog(sql), new Conversation(sql), {
    generate,
    describeError: () => ({ code: "internal", message: "" }),
    keepAlive: (begin) => (work = begin()),
    ended: () => undefined,
    limits: new AskedLimits(() => DEFAULT_LIMITS),
    durability: () => ({ level: "event" }),
    observe: () => undefined,
    durable: () => Promise.resolve(),
    recovery: () => ({}),
    recover: () => true,
  });
  const { run } = runs.start({ input: { prompt: "Hello" } }, null, () => true);
  return { runs, run, over: () => work };
}

it("moves its cursor only as it is read, so that what a stopped reader has not read stays in the log", async () => {
  const { runs, run, over } = answered(large);
  const reader = new LogReader(runs, run, 0, "sse");
  const body = eventStreamResponse(reader, 15_000, undefined, {}).body!.getReader();
  // The comment, and the first events.
  await body.read();
  await body.read();
  const stoppedAt = reader.cursor;
  await over();
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

it("keeps what a model wrote within its event and its field: 300 texts with CR, LF, NUL and the like", async () => {
  const characters = ["\r", "\n", "\r\n", "\n\n", "\0", "\u2028", "\u2029", "\u0085", "\ufeff", "\ud800", '"', "\\", "é"];
  const wire = ["data: x", "id: 1", "event: e", ":", "retry: 1", "data: [DONE]"];
  const unit = fc.constantFrom(...characters, ...wire);
  const texts = fc.sample(fc.string({ unit, minLength: 1, maxLength: 12 }), { numRuns: 300, seed: 20_261_130 });
  const { runs, run, over } = answered(async function* () {
    yield { type: "start" };
    // A text, a field of a tool's call, an error that a tool gave, and a type of the author's own with the model's words in it.
    for (const [index, text] of texts.entries()) {
      const toolCallId = `call-${index}`;
      yield { type: "text-start", id: `${index}` };
      yield { type: "text-delta", id: `${index}`, delta: text };
      yield { type: "text-end", id: `${index}` };
      yield { type: "tool-input-available", toolCallId, toolName: "lookup", input: { [text]: text }, dynamic: true };
      yield { type: "tool-output-error", toolCallId, errorText: text, dynamic: true };
      yield { type: "data-note", data: [text] };
    }
    yield { type: "finish" };
  });
  await over();
  const stream = await eventStreamResponse(new LogReader(runs, run, 0, "sse"), 15_000, undefined, {}).text();
  const events: { id: string | undefined; event: string | undefined; data: Record<string, unknown> }[] = [];
  const faults: unknown[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> }),
    onError: (error) => faults.push(error),
    onRetry: (ms) => faults.push(ms),
  });
  parser.feed(stream);
  expect(faults).toEqual([]);
  expect(new Set(events.map(({ event }) => event))).toEqual(new Set([undefined]));
  const [epoch] = events[0]?.id?.split(".") ?? [];
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => `${epoch}.${index + 1}`));
  const of = (type: string): Record<string, unknown>[] => events.map(({ data }) => data).filter((data) => data["type"] === type);
  expect(of("text-delta").map(({ delta }) => delta)).toEqual(texts);
  expect(of("tool-input-available").map(({ input }) => input)).toEqual(texts.map((text) => ({ [text]: text })));
  expect(of("tool-output-error").map(({ errorText }) => errorText)).toEqual(texts);
  expect(of("data-note").map(({ data }) => data)).toEqual(texts.map((text) => [text]));
});
