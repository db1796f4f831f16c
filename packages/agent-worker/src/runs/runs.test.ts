import type { UIMessageChunk } from "ai";
import { afterEach, expect, it, vi } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { DEFAULT_LIMITS } from "../wire/limits.ts";
import { Conversation } from "./conversation.ts";
import { RunLog } from "./log.ts";
import { Runs } from "./runs.ts";

const HUGE = "x".repeat(2_000_000);

/** What the log holds once a run's generation is over, and the run's state. @param describeError as an author may have written it */
async function runOf(
  generate: () => AsyncIterable<UIMessageChunk>,
  describeError = (error: unknown): { code: string; message: string } => ({ code: "internal", message: String(error).slice(0, 80) }),
): Promise<{ readonly state: string; readonly live: number; readonly events: readonly UIMessageChunk[] }> {
  const { storage } = new TestSql();
  const log = new RunLog(storage);
  const work: Promise<void>[] = [];
  const runs = new Runs(log, new Conversation(storage), {
    generate,
    describeError,
    keepAlive: (begin) => void work.push(begin()),
    ended: () => undefined,
    limits: () => DEFAULT_LIMITS,
    durability: () => ({ level: "event" }),
    observe: () => undefined,
  });
  const { run } = runs.start({ input: { prompt: "Hello" } }, null, () => true);
  await Promise.allSettled(work);
  const chunks = log.read(run.n, 0, 10_000_000)?.chunks ?? [];
  return { state: runs.find(run.id).state, live: runs.liveCount, events: chunks.map((chunk) => JSON.parse(chunk) as UIMessageChunk) };
}

async function* stream(...chunks: readonly UIMessageChunk[]): AsyncGenerator<UIMessageChunk> {
  for (const chunk of chunks) yield chunk;
}

afterEach(() => void vi.restoreAllMocks());

it.each<[string, () => AsyncIterable<UIMessageChunk>]>([
  ["last event the log cannot take", () => stream({ type: "start" }, { type: "finish", messageMetadata: HUGE })],
  ["error the log cannot take", () => stream({ type: "start" }, { type: "error", errorText: HUGE })],
  ["event the log cannot take", () => stream({ type: "start" }, { type: "data-x", data: HUGE })],
])("ends a run as failed whose %s", async (_what, generate) => {
  vi.spyOn(console, "error").mockReturnValue();
  const { state, live, events } = await runOf(generate);
  expect([state, live]).toEqual(["failed", 0]);
  expect(events.map(({ type }) => type)).toEqual(["start", "error", "data-run-end"]);
});

it("ends a run as failed whose author's words for an error fail too", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const fails = async function* (): AsyncGenerator<UIMessageChunk> {
    yield { type: "start" };
    throw new Error("The model is gone.");
  };
  for (const describeError of [
    () => {
      throw new RangeError("of the author's");
    },
    () => ({ code: "internal", message: HUGE }),
  ]) {
    const { state, live, events } = await runOf(fails, describeError);
    expect([state, live]).toEqual(["failed", 0]);
    expect(events.at(-1)).toMatchObject({ type: "data-run-end", data: { state: "failed", error: { code: "internal" } } });
  }
});
