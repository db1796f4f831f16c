import { describe, expect, it } from "vitest";
import { agent, BEGUN, dying } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { saysAborted } from "./aborts.ts";
import type { Generation } from "./generation.ts";

/** What the author is asked to describe, and so told as a fault, of a run that is cancelled while its `generate` waits. @param fails what it throws then */
async function toldOf(fails: (signal: AbortSignal) => unknown): Promise<string[]> {
  const told: string[] = [];
  const waits = Promise.withResolvers<void>();
  const one = agent(
    new TestSql(),
    async function* ({ signal }: Generation) {
      yield* BEGUN;
      waits.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw fails(signal);
    },
    { describe: (error) => void told.push(String(error)) },
  );
  const run = one.start();
  await waits.promise;
  one.runs.cancel(run.id);
  await one.ended();
  expect(one.runs.find(run.id).state).toBe("cancelled");
  return told;
}

describe("of a run that was cancelled, its operator", () => {
  it.each<[string, (signal: AbortSignal) => unknown]>([
    ["the signal's reason", ({ reason }) => reason as unknown],
    ["an AbortError of its own", () => new DOMException("The operation was aborted.", "AbortError")],
    ["an error whose cause is one", ({ reason }) => new TypeError("terminated", { cause: reason })],
  ])("is told of no fault where its generation threw %s", async (_what, fails) => {
    expect(await toldOf(fails)).toEqual([]);
  });

  it("is told what else went wrong at that time", async () => {
    expect(await toldOf(() => new TypeError("messages is undefined"))).toEqual(["TypeError: messages is undefined"]);
  });
});

it("of a run that nobody cancelled, an AbortError is told as any other error, and fails it", async () => {
  const told: string[] = [];
  const one = agent(
    new TestSql(),
    async function* () {
      yield* BEGUN;
      throw new DOMException("A limit of the author's own.", "AbortError");
    },
    { describe: (error) => void told.push(String(error)) },
  );
  const run = one.start();
  await one.ended();
  expect([one.runs.find(run.id).state, told]).toEqual(["failed", ["AbortError: A limit of the author's own."]]);
});

it("an answer that was cancelled before it was taken up, and is let go of at its provider, is no fault either", async () => {
  const sql = new TestSql();
  const last = dying(...BEGUN, { type: "text-start", id: "0" }, { type: "text-delta", id: "0", delta: "Half" });
  const run = agent(sql, (generation) => {
    generation.keep?.({ id: "r" });
    return last(generation);
  }).start();
  await last.dead;
  const told: string[] = [];
  let asked = 0;
  const next = agent(
    sql,
    ({ signal }) => {
      asked += 1;
      // As a stream that is read from a provider: what is left of it fails when its reader leaves.
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.resolve({ done: false, value: { type: "start-step" } }),
          return: () => Promise.reject(signal.reason),
        }),
      };
    },
    { describe: (error) => void told.push(String(error)) },
  );
  next.runs.recover();
  next.runs.cancel(run.id);
  await next.ended();
  expect([asked, told]).toEqual([1, []]);
});

it("an error whose causes are a circle is looked at to an end", () => {
  const error = new Error("round");
  error.cause = error;
  expect(saysAborted(error, AbortSignal.abort())).toBe(false);
});
