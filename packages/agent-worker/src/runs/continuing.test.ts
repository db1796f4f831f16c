import type { RunInput } from "@agent-transports/protocol";
import { isToolUIPart, type UIMessage, type UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import { call, conversationIn } from "../../test/recovery/conversations.ts";
import { agent, BEGUN, dying, say } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";

/** The client's tools are called by the ids `a` and `b`, and the run has ended. */
async function bothCalled(sql: TestSql): Promise<void> {
  const one = agent(sql, async function* () {
    yield* [...BEGUN, call("a"), call("b"), { type: "finish-step" }, { type: "finish" }] satisfies UIMessageChunk[];
  });
  one.start();
  await one.ended();
}

const output = (toolCallId: string): RunInput => ({ toolOutputs: [{ toolCallId, output: toolCallId }] });
const both: RunInput = { toolOutputs: ["a", "b"].map((toolCallId) => ({ toolCallId, output: toolCallId })) };
const outputsIn = (sql: TestSql): unknown[] =>
  (conversationIn(sql).at(-1)?.parts ?? []).flatMap((part) => (isToolUIPart(part) ? [part.output] : []));
const textsOf = ({ parts }: UIMessage): string[] => parts.flatMap((part) => (part.type === "text" ? [part.text] : []));

describe("while a run goes on with a message, another that would", () => {
  it("is refused, and starts nothing. Afterwards it is taken, and no output and no answer is lost", async () => {
    const sql = new TestSql();
    await bothCalled(sql);
    const first = Promise.withResolvers<void>();
    let answers = 0;
    const one = agent(sql, async function* () {
      answers += 1;
      if (answers === 1) await first.promise;
      yield* say(`Answer ${answers}.`);
    });
    one.start(output("a"));
    const refused = { body: { code: "invalid_request", path: "toolOutputs", message: expect.stringContaining("together") } };
    expect(() => one.start(output("b"))).toThrow(expect.objectContaining(refused));
    const approval = { message: { ...conversationIn(sql).at(-1)!, parts: [] } };
    expect(() => one.start(approval)).toThrow(expect.objectContaining({ body: { ...refused.body, path: "message" } }));
    expect(outputsIn(sql)).toEqual(["a", undefined]);
    first.resolve();
    await one.ended();
    one.start(output("b"));
    await one.ended();
    expect(outputsIn(sql)).toEqual(["a", "b"]);
    expect(textsOf(conversationIn(sql).at(-1)!)).toEqual(["Answer 1.", "Answer 2."]);
    expect(conversationIn(sql)).toHaveLength(2);
  });

  it("is refused after a death too, as long as the answer goes on", async () => {
    const sql = new TestSql();
    await bothCalled(sql);
    const last = dying(...BEGUN);
    agent(sql, last).start(output("a"));
    await last.dead;
    const next = agent(sql, () => say("On."));
    next.runs.recover();
    expect(() => next.start(output("b"))).toThrow("together");
    await next.ended();
    expect(next.start(output("b")).state).toBe("running");
    await next.ended();
    expect(outputsIn(sql)).toEqual(["a", "b"]);
  });

  it("is what a retry of its start with the same key is not: that joins it", async () => {
    const sql = new TestSql();
    await bothCalled(sql);
    const one = agent(sql, () => say("On."));
    const start = () => one.runs.start({ input: both, key: "k" }, null, () => true);
    const { run } = start();
    expect(start()).toMatchObject({ run: { id: run.id }, joined: true });
    await one.ended();
    expect(outputsIn(sql)).toEqual(["a", "b"]);
  });
});

it("a new message is taken while a run goes on with the one before, and both answers stay", async () => {
  const sql = new TestSql();
  await bothCalled(sql);
  const first = Promise.withResolvers<void>();
  const one = agent(sql, async function* ({ messages }) {
    const isNew = messages.at(-1)?.role === "user";
    if (!isNew) await first.promise;
    yield* say(isNew ? "To the new one." : "To the outputs.");
    first.resolve();
  });
  one.start(both);
  one.start({ prompt: "And now?" });
  await one.ended();
  expect(conversationIn(sql).map(textsOf)).toEqual([["Hello"], ["To the outputs."], ["And now?"], ["To the new one."]]);
});

it("an output is of the newest call of its id: an earlier step had one too", async () => {
  const sql = new TestSql();
  const one = agent(sql, async function* () {
    yield* [
      ...BEGUN,
      call("a"),
      { type: "tool-output-available", toolCallId: "a", output: "the agent's" },
      { type: "finish-step" },
      { type: "start-step" },
      call("a"),
      { type: "finish-step" },
      { type: "finish" },
    ] satisfies UIMessageChunk[];
  });
  one.start();
  await one.ended();
  const next = agent(sql, () => say("On."));
  next.start(output("a"));
  await next.ended();
  expect(outputsIn(sql)).toEqual(["the agent's", "a"]);
});
