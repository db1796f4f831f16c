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

describe("outputs of a step in which the agent carried out a call itself, from a page that was reloaded and does not know whose that was", () => {
  const agents = { rows: [{ b: 1, a: null }], at: "here" };
  const calledBeside = async (...given: readonly UIMessageChunk[]): Promise<TestSql> => {
    const sql = new TestSql();
    const one = agent(sql, async function* () {
      yield* [...BEGUN, call("theirs"), call("mine"), ...given, { type: "finish-step" }, { type: "finish" }] satisfies UIMessageChunk[];
    });
    one.start();
    await one.ended();
    return sql;
  };
  const gave = (output: unknown): UIMessageChunk => ({ type: "tool-output-available", toolCallId: "theirs", output });
  const mine = { toolCallId: "mine", output: "mine" };

  it.each<[string, UIMessageChunk, object]>([
    ["an output", gave(agents), { output: agents }],
    ["an output whose members a store put in another order", gave(agents), { output: { at: "here", rows: [{ a: null, b: 1 }] } }],
    ["nothing", gave(undefined), { output: null }],
    ["an error", { type: "tool-output-error", toolCallId: "theirs", errorText: "No." }, { errorText: "No." }],
  ])("are taken where the agent has the same already: %s", async (_what, given, said) => {
    const sql = await calledBeside(given);
    const before = conversationIn(sql).at(-1)!.parts;
    const next = agent(sql, () => say("On."));
    next.start({ toolOutputs: [{ toolCallId: "theirs", ...said }, mine] } as RunInput);
    await next.ended();
    const { parts } = conversationIn(sql).at(-1)!;
    expect(parts[1]).toEqual(before[1]);
    expect(parts[2]).toMatchObject({ state: "output-available", output: "mine" });
  });

  it.each<[string, object, string]>([
    ["differ from what the agent has", { toolOutputs: [{ toolCallId: "theirs", output: 2 }, mine] }, "toolOutputs.0.toolCallId"],
    [
      "say that a call failed which did not",
      { toolOutputs: [mine, { toolCallId: "theirs", errorText: "No." }] },
      "toolOutputs.1.toolCallId",
    ],
    ["bring nothing new", { toolOutputs: [{ toolCallId: "theirs", output: 1 }] }, "toolOutputs.0.toolCallId"],
  ])("are refused where they %s", async (_where, input, path) => {
    const sql = await calledBeside(gave(1));
    const before = conversationIn(sql);
    const next = agent(sql, () => say("On."));
    expect(() => next.start(input as RunInput)).toThrow(
      expect.objectContaining({ body: expect.objectContaining({ code: "invalid_request", path }) }),
    );
    expect(conversationIn(sql)).toEqual(before);
  });
});
