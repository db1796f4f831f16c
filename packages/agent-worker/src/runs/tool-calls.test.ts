import type { UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import { call, conversationIn } from "../../test/recovery/conversations.ts";
import { agent, BEGUN, deadAfter, lastWords, nextLife, say, type Chunks } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import { BEFORE_STEPS, ToolCalls, type ToolRecord } from "./tool-calls.ts";
import { UnendedRuns } from "./unended-runs.ts";

/** A run's calls in one life of its agent after another, over the same rows. */
function lives(): { next: () => ToolCalls; rows: UnendedRuns } {
  const rows = new UnendedRuns(new TestSql().storage);
  return { next: () => new ToolCalls(rows, 1, "run"), rows };
}

it("calls of one id in several steps have a record and a key each, also of one that was approved before the first", () => {
  const { next } = lives();
  for (const step of [BEFORE_STEPS, 0, 1]) {
    const calls = next().at(step);
    expect(calls.of("c")).toEqual({ state: "new" });
    calls.begin("c");
    if (step < 1) calls.end("c", { state: "done", output: step });
  }
  const records = [BEFORE_STEPS, 0, 1, 2].map((step) => next().at(step).of("c"));
  expect(records).toEqual([{ state: "done", output: -1 }, { state: "done", output: 0 }, { state: "unknown" }, { state: "new" }]);
  const keys = [BEFORE_STEPS, 0, 1].map((step) => next().at(step).idempotencyKey("c"));
  expect(new Set(keys).size).toBe(3);
});

it("a call whose step is asked for again, behind its output, is another one", () => {
  const calls = lives().next().at(0);
  calls.begin("c");
  calls.end("c", { state: "done", output: 1 });
  calls.settle("c");
  expect(calls.of("c")).toEqual({ state: "new" });
  calls.begin("c");
  expect(calls.of("c")).toEqual({ state: "unknown" });
});

describe("a call that an agent of an earlier version began", () => {
  it("has what it gave, under the key that it was given, and no later call of its id has", () => {
    const { next, rows } = lives();
    rows.beginTool(1, "c");
    rows.endTool(1, "c", JSON.stringify({ state: "done", output: 1 }));
    const calls = next();
    expect(calls.at(1).of("c")).toEqual({ state: "done", output: 1 });
    expect(calls.at(1).idempotencyKey("c")).toBe("run:c");
    expect(calls.at(2).of("c")).toEqual({ state: "new" });
    const later = next();
    expect(later.at(1).of("c")).toEqual({ state: "done", output: 1 });
    expect(later.at(2).of("c")).toEqual({ state: "new" });
  });

  it("keeps that key at each later death, where its outcome is not known and the tool is run again", () => {
    const { next, rows } = lives();
    rows.beginTool(1, "c");
    for (let life = 0; life < 3; life++) {
      // One looks at what the answer waits for, and another one runs it.
      expect(next().at(1).of("c")).toEqual({ state: "unknown" });
      const calls = next().at(1);
      expect(calls.idempotencyKey("c")).toBe("run:c");
      calls.begin("c");
      expect(calls.idempotencyKey("c")).toBe("run:c");
    }
    const last = next();
    last.at(1).end("c", { state: "done", output: 1 });
    last.at(2).begin("c");
    expect([1, 2].map((step) => last.at(step).idempotencyKey("c"))).toEqual(["run:c", "run:2:c"]);
    const after = next();
    after.endedEarlier("c");
    expect(after.at(2).of("c")).toEqual({ state: "unknown" });
    expect(after.at(2).idempotencyKey("c")).toBe("run:2:c");
  });

  it("and of which nothing more is known is settled as any other", () => {
    const { next, rows } = lives();
    rows.beginTool(1, "c");
    const calls = next().at(0);
    expect(calls.of("c")).toEqual({ state: "unknown" });
    calls.end("c", { state: "failed", errorText: "Nobody knows." });
    expect(next().at(0).of("c")).toEqual({ state: "failed", errorText: "Nobody knows." });
  });

  it("and that ended with an earlier step gives nothing to a call of its id; one that has not ended was begun in this step", () => {
    const { next, rows } = lives();
    rows.beginTool(1, "c");
    rows.endTool(1, "c", JSON.stringify({ state: "done", output: 1 }));
    rows.beginTool(1, "d");
    const calls = next();
    for (const id of ["c", "d"]) calls.endedEarlier(id);
    expect([calls.at(1).of("c"), calls.at(1).of("d")]).toEqual([{ state: "new" }, { state: "unknown" }]);
  });
});

it.each(["its author cannot say what came of it", "nobody takes it"])(
  "a call that an agent of an earlier version began gives nothing to the next of its id, where %s and the agent dies again",
  async (why) => {
    const { sql, run } = await deadAfter([...BEGUN, call("c")]);
    const earlier = new UnendedRuns(sql.storage);
    earlier.beginTool(run.n, "c");
    const second = lastWords(async function* ({ interrupted }) {
      if (why !== "nobody takes it") {
        interrupted?.takeCalls();
        yield { type: "tool-output-error", toolCallId: "c", errorText: UNKNOWN_OUTCOME };
      }
      yield* [{ type: "finish-step" }, { type: "start-step" }, call("c")];
    });
    agent(sql, second).runs.recover();
    await second.dead;
    let known: ToolRecord | undefined;
    await nextLife(sql, (generation) => {
      known = generation.toolCalls?.of("c");
      return say("Done.");
    });
    expect(known).toEqual({ state: "new" });
  },
);

describe.each(["was cancelled", "died with its agent"])("an answer that %s", (how) => {
  it.each([true, false])("gives no call what one of the same id gave in the step before, where it had begun: %s", async (begins) => {
    const sql = new TestSql();
    const called = Promise.withResolvers<void>();
    const calls: Chunks = async function* ({ toolCalls, signal }) {
      yield* [...BEGUN, call("c")];
      toolCalls?.begin("c");
      toolCalls?.end("c", { state: "done", output: 1 });
      const next: UIMessageChunk[] = [{ type: "finish-step" }, { type: "start-step" }, call("c")];
      yield* [{ type: "tool-output-available", toolCallId: "c", output: 1 } satisfies UIMessageChunk, ...next];
      if (begins) toolCalls?.begin("c");
      // They are in the log: its timer is the earlier and the shorter one.
      setTimeout(called.resolve, 5);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    };
    const one = agent(sql, calls);
    const run = one.start();
    await called.promise;
    if (how === "was cancelled") {
      one.runs.cancel(run.id);
      await one.ended();
    } else await nextLife(sql, () => say("never"), { recover: () => false });
    expect(
      conversationIn(sql)
        .at(-1)
        ?.parts.filter(({ type }) => type === "tool-look"),
    ).toMatchObject([
      { state: "output-available", output: 1 },
      begins ? { state: "output-error", errorText: UNKNOWN_OUTCOME } : { state: "input-available" },
    ]);
  });
});
