import type { RunInput } from "@agent-transports/protocol";
import type { UIMessage, UIMessageChunk } from "ai";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  asked,
  call,
  conversationIn,
  fillDisk,
  rolesIn,
  search,
  stream,
  text,
  textsIn,
  waiting,
} from "../../test/recovery/conversations.ts";
import { agent, BEGUN, HALF, say, textIn, type Given } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import { DEFAULT_LIMITS } from "../wire/limits.ts";
import type { RunRecord } from "./log.ts";

/** A run that said this, and was cancelled then. */
async function cancelledAfter(
  chunks: readonly UIMessageChunk[],
  { sql = new TestSql(), given, input }: { readonly sql?: TestSql; readonly given?: Given; readonly input?: RunInput } = {},
): Promise<{ readonly sql: TestSql; readonly run: RunRecord; readonly one: ReturnType<typeof agent> }> {
  const last = waiting(...chunks);
  const one = agent(sql, last, given);
  const run = one.start(input);
  await last.said;
  one.runs.cancel(run.id);
  await one.ended();
  return { sql, run, one };
}

/** What the next run's model is given. */
async function nextContext(sql: TestSql, input?: RunInput): Promise<readonly UIMessage[]> {
  let context: readonly UIMessage[] = [];
  const next = agent(sql, ({ messages }) => {
    context = messages;
    return say("On.");
  });
  next.start(input);
  await next.ended();
  return context;
}

afterEach(() => void vi.restoreAllMocks());

describe("an answer that was cancelled", () => {
  it.each(["event", "behind"] as const)("stays as far as its log has it, and the next run is given it: level %s", async (level) => {
    const { sql, run, one } = await cancelledAfter(HALF, { given: { level } });
    expect(one.runs.find(run.id).state).toBe("cancelled");
    expect(textIn(one.chunks(run))).toBe("The first half of it, ");
    expect(conversationIn(sql)).toEqual([
      expect.objectContaining({ role: "user" }),
      { id: "m", role: "assistant", parts: [{ type: "step-start" }, { type: "text", text: "The first half of it, ", state: "streaming" }] },
    ]);
    const context = await nextContext(sql);
    expect(context.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(JSON.stringify(context[1])).toContain("The first half of it, ");
    expect(rolesIn(sql)).toEqual(["user", "assistant", "user", "assistant"]);
  });

  it("has no word that came behind the cancel, and is one row more", async () => {
    const sql = new TestSql();
    const cancelled = Promise.withResolvers<void>();
    const said = Promise.withResolvers<void>();
    const one = agent(sql, async function* () {
      yield* HALF;
      said.resolve();
      await cancelled.promise;
      yield { type: "text-delta", id: "0", delta: "and the second." };
      yield { type: "finish" };
    });
    const run = one.start();
    await said.promise;
    const before = sql.rowsWritten("transport_messages");
    one.runs.cancel(run.id);
    cancelled.resolve();
    await one.ended();
    expect(textsIn(sql)).toEqual(["Hello", textIn(one.chunks(run))]);
    expect(sql.rowsWritten("transport_messages") - before).toBe(1);
  });

  it("stands between its question and the same question, where that is sent again", async () => {
    const input: RunInput = { message: asked("Hello") };
    const { sql } = await cancelledAfter(HALF, { input });
    await nextContext(sql, input);
    expect(conversationIn(sql).map(({ id }) => id)).toEqual(["q", "m", "q", expect.any(String)]);
    const silent = await cancelledAfter(BEGUN, { input });
    await nextContext(silent.sql, input);
    expect(rolesIn(silent.sql)).toEqual(["user", "assistant"]);
  });

  it("is in the conversation in the turn in which its run ends", async () => {
    const sql = new TestSql();
    const last = waiting(...HALF);
    const one = agent(sql, last);
    const run = one.start();
    await last.said;
    one.runs.cancel(run.id);
    expect(textsIn(sql)).toEqual(["Hello", "The first half of it, "]);
    await one.ended();
  });

  it.each<[string, readonly UIMessageChunk[]]>([
    ["anything", []],
    ["its first step", [{ type: "start", messageId: "m" }]],
    ["its first text", BEGUN],
    ["its first word", [...BEGUN, { type: "text-start", id: "0" }]],
    ["its first thought", [...BEGUN, { type: "reasoning-start", id: "0" }]],
    ["anything but a transient part", [...BEGUN, { type: "data-sound", data: 1, transient: true }]],
  ])("before %s leaves no empty message", async (_what, chunks) => {
    const { sql } = await cancelledAfter(chunks);
    expect(rolesIn(sql)).toEqual(["user"]);
    expect((await nextContext(sql)).map(({ role }) => role)).toEqual(["user", "user"]);
  });

  it("leaves nothing where its run was given the whole context", async () => {
    const { sql } = await cancelledAfter(HALF, { input: { messages: [asked("Something else")] } });
    expect(conversationIn(sql)).toEqual([]);
  });

  it("keeps half a call and half a thought as they are", async () => {
    const { sql } = await cancelledAfter([
      ...BEGUN,
      { type: "reasoning-start", id: "r" },
      { type: "reasoning-delta", id: "r", delta: "hm" },
      { type: "tool-input-start", toolCallId: "c", toolName: "look" },
      { type: "tool-input-delta", toolCallId: "c", inputTextDelta: '{"at' },
    ]);
    expect(conversationIn(sql).at(-1)?.parts).toMatchObject([
      { type: "step-start" },
      { type: "reasoning", text: "hm", state: "streaming" },
      { type: "tool-look", toolCallId: "c", state: "input-streaming" },
    ]);
  });

  it("keeps its provider's names of steps that ended, and none of the step in which it was cancelled", async () => {
    const step = (id: string): UIMessageChunk[] => [
      { type: "start-step" },
      { type: "reasoning-start", id },
      { type: "reasoning-delta", id, delta: "hm" },
      { type: "reasoning-end", id, providerMetadata: { openai: { itemId: id } } },
    ];
    const { sql } = await cancelledAfter([
      { type: "start", messageId: "m" },
      ...step("rs_1"),
      { type: "finish-step" },
      ...step("rs_2"),
      ...text("So"),
    ]);
    const kept = JSON.stringify(conversationIn(sql));
    expect(kept).toContain("rs_1");
    expect(kept).not.toContain("rs_2");
  });

  it("has nothing that its readers took back, because the model was asked for the step again", async () => {
    const { sql } = await cancelledAfter([...HALF, { type: "reset-step" }, ...text("Anew")]);
    expect(textsIn(sql)).toEqual(["Hello", "Anew"]);
  });

  it("while a tool runs, says that its outcome is not known, and has not what it gave later", async () => {
    const sql = new TestSql();
    const tool = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const one = agent(sql, async function* ({ toolCalls }) {
      yield* [...BEGUN, ...text("I look."), { type: "text-end", id: "0" } as const, call("c")];
      toolCalls?.begin("c");
      called.resolve();
      await tool.promise;
      toolCalls?.end("c", { state: "done", output: 2 });
      yield { type: "tool-output-available", toolCallId: "c", output: 2 };
      yield { type: "finish-step" };
      yield { type: "finish" };
    });
    const run = one.start();
    await called.promise;
    one.runs.cancel(run.id);
    tool.resolve();
    await one.ended();
    expect(conversationIn(sql).at(-1)?.parts).toMatchObject([
      { type: "step-start" },
      { type: "text", text: "I look." },
      { type: "tool-look", state: "output-error", errorText: UNKNOWN_OUTCOME },
    ]);
    // Nor does anybody else say what it gave.
    expect(() => one.start({ toolOutputs: [{ toolCallId: "c", output: "Paid." }] })).toThrow("does not wait for an output");
  });

  it("when a tool had given something that no reader was told, has that", async () => {
    const sql = new TestSql();
    const ended = Promise.withResolvers<void>();
    const one = agent(sql, async function* ({ toolCalls, signal }) {
      yield* [...BEGUN, call("c"), call("d")];
      for (const id of ["c", "d"]) toolCalls?.begin(id);
      toolCalls?.end("c", { state: "done", output: 2 });
      yield { type: "tool-output-available", toolCallId: "d", output: 1, preliminary: true };
      toolCalls?.end("d", { state: "done", output: 3 });
      ended.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    const run = one.start();
    await ended.promise;
    one.runs.cancel(run.id);
    await one.ended();
    const calls = conversationIn(sql).at(-1)?.parts.slice(1);
    expect(calls).toMatchObject([
      { toolCallId: "c", state: "output-available", output: 2 },
      { toolCallId: "d", state: "output-available", output: 3 },
    ]);
    expect(JSON.stringify(calls)).not.toContain("preliminary");
  });

  it("while a tool runs that a person approved, says that its outcome is not known", async () => {
    const sql = new TestSql();
    const approved: UIMessage = {
      id: "m",
      role: "assistant",
      parts: [{ type: "tool-look", toolCallId: "c", state: "approval-responded", input: {}, approval: { id: "a", approved: true } }],
    };
    const begun = Promise.withResolvers<void>();
    const one = agent(sql, async function* ({ toolCalls, signal }) {
      toolCalls?.begin("c");
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield { type: "abort" };
    });
    const run = one.start({ message: approved });
    await begun.promise;
    one.runs.cancel(run.id);
    await one.ended();
    expect(conversationIn(sql)).toMatchObject([{ id: "m", parts: [{ state: "output-error", errorText: UNKNOWN_OUTCOME }] }]);
  });

  it("leaves a call that the client is to run as it is", async () => {
    const input: RunInput = { prompt: "Hello", tools: { look: { inputSchema: {} } } };
    const { sql } = await cancelledAfter([...BEGUN, call("c")], { input });
    const one = agent(sql, () => say("On."));
    expect(one.start({ toolOutputs: [{ toolCallId: "c", output: 2 }] }).state).toBe("running");
    await one.ended();
  });

  it("has none of its provider's own calls of the step in which it was cancelled, and those of steps that ended", async () => {
    const { sql } = await cancelledAfter([
      ...BEGUN,
      ...search("ws_1"),
      { type: "finish-step" },
      { type: "start-step" },
      ...search("ws_2"),
      ...text("So"),
    ]);
    expect(conversationIn(sql).at(-1)?.parts).toMatchObject([
      { type: "step-start" },
      { toolCallId: "ws_1" },
      { type: "step-start" },
      { type: "text", text: "So" },
    ]);
  });

  it("goes on with the message that waited for tool outputs, in its place", async () => {
    const ask: RunInput = { prompt: "Hello", tools: { look: { inputSchema: {} } } };
    const sql = new TestSql();
    const first = agent(sql, () => stream(...BEGUN, call("c"), { type: "finish-step" }, { type: "finish" }));
    first.start(ask);
    await first.ended();
    const input: RunInput = { toolOutputs: [{ toolCallId: "c", output: 2 }] };
    await cancelledAfter([{ type: "start" }, { type: "start-step" }, ...text("It is ")], { sql, input });
    expect(conversationIn(sql).map(({ id, parts }) => [id, parts.map(({ type }) => type)])).toEqual([
      [expect.any(String), ["text"]],
      ["m", ["step-start", "tool-look", "step-start", "text"]],
    ]);
  });

  it("that waited for tool outputs, and was cancelled before its first word, stays as it was", async () => {
    const sql = new TestSql();
    const first = agent(sql, () => stream(...BEGUN, call("c"), { type: "finish-step" }, { type: "finish" }));
    first.start();
    await first.ended();
    const input: RunInput = { toolOutputs: [{ toolCallId: "c", output: 2 }] };
    await cancelledAfter([{ type: "start" }, { type: "start-step" }], { sql, input });
    expect(
      conversationIn(sql)
        .at(-1)
        ?.parts.map(({ type }) => type),
    ).toEqual(["step-start", "tool-look"]);
  });

  it("stands where it would have if it had finished, with another run in the same conversation", async () => {
    const sql = new TestSql();
    const ends = new Map<string, () => void>();
    const one = agent(sql, async function* ({ messages, signal }) {
      const question = messages.at(-1)?.id ?? "";
      yield* [{ type: "start", messageId: `to ${question}` } as const, { type: "start-step" } as const, ...text(question)];
      await new Promise<void>((resolve) => {
        ends.set(question, resolve);
        signal.addEventListener("abort", () => resolve());
      });
      yield { type: "finish" };
    });
    const start = (id: string): RunRecord => one.start({ message: asked(id, id) });
    const runs = ["a", "b", "c"].map(start);
    await vi.waitFor(() => expect(ends.size).toBe(3), { timeout: 20_000 });
    ends.get("c")?.();
    await vi.waitFor(() => expect(one.runs.find(runs[2]!.id).state).toBe("finished"), { timeout: 20_000 });
    one.runs.cancel(runs[1]!.id);
    ends.get("a")?.();
    await one.ended();
    expect(conversationIn(sql).map(({ id }) => id)).toEqual(["a", "b", "c", "to c", "to b", "to a"]);
  });

  it("whose log is larger than logs are by default leaves nothing, and is not read", async () => {
    const sql = new TestSql();
    const last = waiting(...HALF);
    const one = agent(sql, last);
    const run = one.start();
    await last.said;
    vi.spyOn(one.log, "size").mockReturnValue(DEFAULT_LIMITS.runBytes + 1);
    const read = vi.spyOn(one.log, "read");
    expect(one.runs.cancel(run.id).state).toBe("cancelled");
    expect(read).not.toHaveBeenCalled();
    await one.ended();
    expect(rolesIn(sql)).toEqual(["user"]);
  });

  it("whose log is full leaves nothing, also where the cancel comes before the run has failed by that", async () => {
    const sql = new TestSql();
    const full = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    const one = agent(
      sql,
      async function* () {
        try {
          yield* HALF;
          for (;;) yield { type: "text-delta", id: "0", delta: "x".repeat(100) };
        } finally {
          full.resolve();
          await cancelled.promise;
        }
      },
      { limits: { ...DEFAULT_LIMITS, runBytes: 10_000 } },
    );
    const run = one.start();
    await full.promise;
    expect(one.runs.cancel(run.id).state).toBe("cancelled");
    cancelled.resolve();
    await one.ended();
    expect(rolesIn(sql)).toEqual(["user"]);
  });

  it("ends its run also where the conversation cannot take it, tells the operator, and fails no later run of any life", async () => {
    const told = vi.spyOn(console, "error").mockReturnValue();
    const sql = new TestSql();
    const last = waiting(...HALF);
    const contexts: (readonly UIMessage[])[] = [];
    const one = agent(sql, (generation) => {
      contexts.push(generation.messages);
      return contexts.length === 1 ? last(generation) : say("On.");
    });
    const run = one.start();
    await last.said;
    const goOn = fillDisk(sql);
    expect(one.runs.cancel(run.id).state).toBe("cancelled");
    expect(told).toHaveBeenCalledTimes(1);
    goOn();
    expect(one.runs.find(one.start().id).state).toBe("running");
    await one.ended();
    expect(contexts.at(-1)?.map(({ role }) => role)).toEqual(["user", "user"]);
    expect(rolesIn(sql)).toEqual(["user", "user", "assistant"]);
    expect((await nextContext(sql)).map(({ role }) => role)).toEqual(["user", "user", "assistant", "user"]);
    expect(told).toHaveBeenCalledTimes(1);
  });
});
