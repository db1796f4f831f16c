import { tool, type ToolExecutionOptions, type ToolSet } from "ai";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { TestSql } from "../../test/sql-storage.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import { ToolCalls } from "../runs/tool-calls.ts";
import { UnendedRuns } from "../runs/unended-runs.ts";
import { RequestError } from "../wire/errors.ts";
import { durableTools, lastOf, tellModel, type AgentToolOptions, type DecideUnknownCall } from "./durable-tools.ts";

afterEach(() => void vi.restoreAllMocks());

const inputSchema = z.object({ amount: z.number() });
const options = (toolCallId: string): ToolExecutionOptions<unknown> => ({ toolCallId, messages: [], context: {} });

/** A run's tools in one life of its agent after another. */
class Lives {
  readonly calls = new ToolCalls(new UnendedRuns(new TestSql().storage), 1, "run");
  readonly keys: string[] = [];

  /** @param pays what the tool does */
  call(pays: (amount: number) => unknown, decide: DecideUnknownCall = tellModel, id = "c"): unknown {
    const tools: ToolSet = {
      pay: tool({
        inputSchema,
        execute: ({ amount }, given) => {
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- As an author writes it.
          this.keys.push((given as AgentToolOptions).idempotencyKey);
          return pays(amount);
        },
      }),
    };
    const { pay } = durableTools(
      tools,
      () => this.calls,
      decide,
      (error) => `told: ${String(error)}`,
    );
    return pay?.execute?.({ amount: 5 }, options(id));
  }
}

const never = (): never => expect.fail("The tool ran again.");

describe("a tool", () => {
  it("that gave something is not run again, and its output is the same", async () => {
    const lives = new Lives();
    expect(await lives.call((amount) => ({ paid: amount }))).toEqual({ paid: 5 });
    expect(await lives.call(never)).toEqual({ paid: 5 });
    expect(lives.keys).toEqual(["run:0:c"]);
  });

  it("that gives one thing after another gives them as they come, and its last is its output", async () => {
    const lives = new Lives();
    const outputs: unknown[] = [];
    const given = lives.call(async function* () {
      yield 1;
      yield 2;
    });
    for await (const output of given as AsyncIterable<unknown>) outputs.push(output);
    expect(outputs).toEqual([1, 2]);
    expect(await lastOf(lives.call(never))).toBe(2);
  });

  it.each([
    ["at once", () => expect.fail("no funds")],
    ["later", async () => Promise.reject(new Error("no funds"))],
    [
      "after its first output",
      async function* () {
        yield 1;
        throw new Error("no funds");
      },
    ],
  ])("that failed %s is not run again, and fails with what was told of it", async (_what, fails) => {
    const lives = new Lives();
    const first = (async () => lastOf(await lives.call(fails)))();
    await expect(first).rejects.toThrow("no funds");
    await expect((async () => lastOf(await lives.call(never)))()).rejects.toThrow(/told: .*no funds/);
  });

  it("runs for each call of its own", async () => {
    const lives = new Lives();
    for (const id of ["a", "b"]) await lives.call(() => id, tellModel, id);
    expect(lives.keys).toEqual(["run:0:a", "run:0:b"]);
  });
});

describe("a tool that had begun when its agent died", () => {
  /** It began, and nothing more is known. */
  function begun(): Lives {
    const lives = new Lives();
    void lives.call(() => new Promise(() => undefined));
    return lives;
  }

  it("is not run again: the model is told that nobody knows", async () => {
    const lives = begun();
    await expect(lives.call(never)).rejects.toThrow(UNKNOWN_OUTCOME);
    await expect((async () => lives.call(never))()).rejects.toThrow(UNKNOWN_OUTCOME);
  });

  it("runs again where its author says so, with the same key", async () => {
    const lives = begun();
    expect(
      await lives.call(
        (amount) => amount,
        ({ toolName, toolCallId, input, idempotencyKey }) => {
          expect({ toolName, toolCallId, input, idempotencyKey }).toEqual({
            toolName: "pay",
            toolCallId: "c",
            input: { amount: 5 },
            idempotencyKey: "run:0:c",
          });
          return "repeat";
        },
      ),
    ).toBe(5);
    expect(lives.keys).toEqual(["run:0:c", "run:0:c"]);
    expect(await lives.call(never)).toBe(5);
  });

  it("has the outcome that its author has found out, from then on", async () => {
    const lives = begun();
    expect(await lives.call(never, async () => Promise.resolve({ output: "paid" }))).toBe("paid");
    expect(await lives.call(never)).toBe("paid");
    const other = begun();
    await expect(other.call(never, () => ({ errorText: "Ask the bank." }))).rejects.toThrow("Ask the bank.");
  });

  it.each(["retry", undefined, {}])("is asked about again where its author says %j, which is none of the three", async (word) => {
    const lives = begun();
    // As an author writes it in JavaScript.
    const error = vi.spyOn(console, "error").mockReturnValue();
    const decided = lives.call(never, () => word as unknown as "repeat");
    // The truth, and not what its author got wrong: that is the operator's to read.
    await expect(decided).rejects.toThrow(UNKNOWN_OUTCOME);
    // On the console once, whichever of these was first.
    for (const [line] of error.mock.calls)
      expect(line).toBe('misconfigured: onUnknownCall must give "repeat", { output } or { errorText }.');
    expect(await lives.call(never, () => ({ output: "paid" }))).toBe("paid");
  });

  it.each([
    ["throws", () => expect.fail("of the author's")],
    ["rejects", async () => Promise.reject(new Error("of the author's"))],
  ])("is told as unknown, and asked about again, where what its author wrote %s", async (_what, decide) => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const lives = begun();
    await expect(lives.call(never, decide)).rejects.toThrow(UNKNOWN_OUTCOME);
    expect(error.mock.calls).toMatchObject([[{ type: "run:fault", payload: { hook: "onUnknownCall" } }]]);
    expect(await lives.call(never, () => ({ output: "paid" }))).toBe("paid");
  });

  it("may be refused by its author in words that the model is told", async () => {
    const refusal = new RequestError({ code: "forbidden", message: "Ask the bank." });
    await expect(begun().call(never, async () => Promise.reject(refusal))).rejects.toThrow("Ask the bank.");
  });
});
