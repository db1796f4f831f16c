import type { RunFailure, RunInput } from "@agent-transports/protocol";
import type { UIMessage, UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import {
  agent,
  BEGUN,
  deadAfter,
  dying,
  HALF,
  lastWords,
  never,
  nextLife,
  say,
  shown,
  textIn,
  WHOLE,
  type Chunks,
  type Given,
} from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import { chunkText } from "../wire/bytes.ts";
import type { Generation } from "./generation.ts";

describe("an author's own generation", () => {
  it.each([
    ["goes on", "and the second."],
    ["repeats the last words", "half of it, and the second."],
    ["begins again", WHOLE],
  ])("that %s has its text in the log, once, and in one part", async (_what, more) => {
    const { sql, run } = await deadAfter(HALF);
    const next = await nextLife(sql, () => say(more));
    const chunks = next.chunks(run);
    expect(textIn(chunks)).toBe(WHOLE);
    expect((await shown(chunks))?.parts).toEqual([{ type: "step-start" }, { type: "text", text: WHOLE, state: "done" }]);
    expect(next.conversation.messages.map(({ role, parts }) => [role, parts.length])).toEqual([
      ["user", 1],
      ["assistant", 2],
    ]);
    expect(chunks.filter(({ type }) => type.startsWith("data-"))).toEqual([
      { type: "data-resumed", data: { way: "continued", after: `${run.epoch}.4`, attempt: 1 }, transient: true },
      { type: "data-run-end", data: { state: "finished" }, transient: true },
    ]);
  });

  it.each(["", " \n"])("has one text where it was interrupted before the first word, behind %j", async (said) => {
    const begun: UIMessageChunk[] = [...BEGUN, { type: "text-start", id: "0" }];
    const { sql, run } = await deadAfter(said === "" ? begun : [...begun, { type: "text-delta", id: "0", delta: said }]);
    let given: readonly UIMessage[] = [];
    const next = await nextLife(sql, ({ messages }) => {
      given = messages;
      return say(WHOLE);
    });
    const chunks = next.chunks(run);
    expect(chunks.filter(({ type }) => type === "text-start" || type === "text-end").map(({ type }) => type)).toEqual([
      "text-start",
      "text-end",
    ]);
    expect((await shown(chunks))?.parts).toEqual([{ type: "step-start" }, { type: "text", text: said + WHOLE, state: "done" }]);
    expect(next.conversation.messages.at(-1)?.parts).toEqual([{ type: "step-start" }, { type: "text", text: said + WHOLE, state: "done" }]);
    // There are no last words to go on from.
    expect(given).toHaveLength(1);
  });

  it("is given the answer so far, and what to go on from", async () => {
    const { sql } = await deadAfter(HALF);
    let given: Generation | undefined;
    await nextLife(sql, (generation) => {
      given = generation;
      return say("and the second.");
    });
    expect(given?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(JSON.stringify(given?.messages.at(-1))).toContain("The first half of it,");
    expect(given?.interrupted).toMatchObject({ way: "continued", attempt: 1 });
  });

  it("is begun again where nothing was said", async () => {
    const { sql, run } = await deadAfter(BEGUN);
    const next = await nextLife(sql, () => say(WHOLE));
    expect(next.chunks(run).map(({ type }) => type)).toEqual([
      "start",
      "start-step",
      "data-resumed",
      "text-start",
      "text-delta",
      "text-end",
      "finish-step",
      "finish",
      "data-run-end",
    ]);
  });

  it("that was given the whole context keeps nothing of it, and has it again", async () => {
    const messages = [{ id: "q", role: "user" as const, parts: [{ type: "text", text: "Something else" }] }];
    const { sql } = await deadAfter(HALF, {}, { messages });
    let given: readonly UIMessage[] = [];
    const next = await nextLife(sql, (generation) => {
      given = generation.messages;
      return say("and the second.");
    });
    expect(given[0]).toEqual(messages[0]);
    expect(next.conversation.messages).toEqual([]);
  });

  it("that starts over in other words is tried again, and not let through", async () => {
    const long = "The first half of it, which is long enough to know it again, ";
    const { sql, run } = await deadAfter([...BEGUN, { type: "text-start", id: "0" }, { type: "text-delta", id: "0", delta: long }]);
    let tries = 0;
    const next = await nextLife(sql, () => say((tries += 1) === 1 ? `${long.slice(0, 50)}something else.` : "and the second."));
    expect(textIn(next.chunks(run))).toBe(`${long}and the second.`);
    expect(tries).toBe(2);
  });
});

describe("an answer does not go on", () => {
  it.each<[string, Given, string]>([
    ["where its author wants none to", { recovery: { enabled: false } }, "Ask it to go on, or ask something else."],
    ["where its author refuses it", { recover: () => false }, "the agent's author refused"],
    ["where it may not be tried", { recovery: { attempts: 0 } }, "it was tried 0 times with nothing gained"],
    ["where it would cost too much", { recovery: { repeatedTokens: 10 } }, "its model would be shown more than 10 tokens again"],
  ])("%s: its run is interrupted, and says why", async (_what, given, why) => {
    const { sql, run } = await deadAfter(HALF);
    const next = await nextLife(sql, () => say("never"), given);
    const end = next.chunks(run).slice(-2);
    expect(end).toMatchObject([
      { type: "error" },
      { type: "data-run-end", data: { state: "interrupted", error: { code: "interrupted" } } },
    ]);
    expect(JSON.stringify(end)).toContain(why);
    expect(textIn(next.chunks(run))).toBe("The first half of it, ");
  });

  it("at the level behind, because readers may have what the log has not", async () => {
    const { sql, run } = await deadAfter(HALF, { level: "behind" });
    const next = await nextLife(sql, () => say("never"), { level: "behind" });
    expect(next.runs.find(run.id).state).toBe("interrupted");
  });

  it("where an agent of an earlier version began it", async () => {
    const { sql, run } = await deadAfter(HALF);
    sql.exec("UPDATE transport_runs SET origin = NULL");
    const next = await nextLife(sql, () => say("never"));
    expect(next.runs.find(run.id).state).toBe("interrupted");
  });

  it("after a crash loop: each life notes its try before it does anything", async () => {
    const { sql, run } = await deadAfter(HALF);
    for (let life = 0; life < 5; life++) {
      agent(sql, () => dying()({} as Generation)).runs.recover();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const next = await nextLife(sql, () => say("never"));
    expect(next.runs.find(run.id)).toMatchObject({ state: "interrupted", error: { message: expect.stringContaining("5 times") } });
  });
});

describe("transient parts of an answer that is replayed", () => {
  const sound = (n: number): UIMessageChunk => ({ type: "data-sound", data: { n }, transient: true });
  const spoken: readonly UIMessageChunk[] = [
    sound(0),
    ...HALF,
    sound(1),
    sound(2),
    { type: "text-delta", id: "0", delta: "and the second." },
    sound(3),
    { type: "text-end", id: "0" },
    { type: "finish-step" },
    { type: "finish", finishReason: "stop" },
  ];

  it.each([1, 5, 6, 7, 8])("are in the log once where %i chunks were in it", async (count) => {
    const kept = (chunks: Chunks): Chunks =>
      async function* (generation) {
        generation.keep?.("an id");
        yield* chunks(generation);
      };
    const sql = new TestSql();
    const last = dying(...spoken.slice(0, count));
    const run = agent(sql, kept(last)).start();
    await last.dead;
    const next = await nextLife(
      sql,
      kept(async function* () {
        yield* spoken;
      }),
    );
    const chunks = next.chunks(run).filter(({ type }) => type !== "data-resumed" && type !== "data-run-end");
    expect(chunks).toEqual(spoken);
  });

  it("are left out only where the log has the same, bytes too: what the new generation gives besides is written", async () => {
    const voice = (byte: number): UIMessageChunk => ({ type: "data-voice", data: new Uint8Array([byte]), transient: true });
    const keeps = (chunks: readonly UIMessageChunk[]): Chunks =>
      async function* (generation) {
        generation.keep?.("an id");
        yield* chunks;
      };
    const sql = new TestSql();
    const logged = [...HALF, sound(1), voice(1), sound(1)];
    const last = lastWords(keeps(logged));
    const run = agent(sql, last).start();
    await last.dead;
    const fresh = [sound(9), voice(9), sound(1)];
    const again = [...HALF, sound(9), sound(1), voice(9), voice(1), sound(1), sound(1), ...spoken.slice(-3)];
    const next = await nextLife(sql, keeps(again));
    const written = next.chunks(run).slice(logged.length + 1);
    expect(written.filter(({ type }) => type === "data-sound" || type === "data-voice")).toEqual(
      fresh.map((chunk) => JSON.parse(chunkText(chunk)) as unknown),
    );
  });
});

describe("tool calls that wait for their output", () => {
  const call = (toolName: string): UIMessageChunk => ({
    type: "tool-input-available",
    toolCallId: `c-${toolName}`,
    toolName,
    input: { q: 1 },
  });
  const clientTools: RunInput = { prompt: "Hello", tools: { ask: { inputSchema: {} } } };

  it("and that nobody settles are told as of unknown outcome, to readers and to the model", async () => {
    const { sql, run } = await deadAfter([...BEGUN, call("pay")]);
    let given: readonly UIMessage[] = [];
    const next = await nextLife(sql, (generation) => {
      given = generation.messages;
      return say("It is not known.");
    });
    expect(next.chunks(run)).toContainEqual({ type: "tool-output-error", toolCallId: "c-pay", errorText: UNKNOWN_OUTCOME });
    expect(JSON.stringify(given)).toContain(UNKNOWN_OUTCOME);
  });

  it("and are the client's end the run, without the model: their outputs start the next", async () => {
    const { sql, run } = await deadAfter([...BEGUN, call("ask")], {}, clientTools);
    const next = await nextLife(sql, () => expect.fail("The model was asked."));
    expect(
      next
        .chunks(run)
        .slice(2)
        .map(({ type }) => type),
    ).toEqual(["tool-input-available", "data-resumed", "finish-step", "finish", "data-run-end"]);
    const { run: second } = next.runs.start({ input: { toolOutputs: [{ toolCallId: "c-ask", output: 2 }] } }, null, () => true);
    expect(second.state).toBe("running");
  });
});

describe("inputs", () => {
  const input = (data: string) => ({ key: data, data });

  it("that a step was given are its context's, and the others are given to the next, once, in order", async () => {
    const sql = new TestSql();
    const between = Promise.withResolvers<void>();
    const isGiven = Promise.withResolvers<void>();
    const said = Promise.withResolvers<void>();
    const first = agent(sql, async function* (generation) {
      yield* BEGUN;
      yield { type: "text-start", id: "0" };
      yield { type: "text-delta", id: "0", delta: "One." };
      yield { type: "text-end", id: "0" };
      yield { type: "finish-step" };
      between.resolve();
      await isGiven.promise;
      generation.takeInputs();
      yield { type: "start-step" };
      yield { type: "text-start", id: "0" };
      yield { type: "text-delta", id: "0", delta: "You said a. " };
      said.resolve();
      yield await never();
    });
    const run = first.start();
    await between.promise;
    first.runs.inputs(run.id, [input("a")]);
    isGiven.resolve();
    await said.promise;
    first.runs.inputs(run.id, [input("b"), input("c")]);
    let given: Generation | undefined;
    let taken: unknown[] = [];
    await nextLife(sql, (generation) => {
      given = generation;
      taken = [...generation.takeInputs(), ...generation.takeInputs()];
      return say("And then b.");
    });
    expect(taken).toEqual(["b", "c"]);
    expect(given?.messages.map(({ role, parts }) => `${role}: ${parts.map((part) => ("text" in part ? part.text : "")).join("")}`)).toEqual(
      [
        "user: Hello",
        "assistant: One.",
        "user: a",
        "assistant: You said a. ",
        expect.stringContaining("user: Your answer was interrupted"),
      ],
    );
  });
});

describe("a stream that breaks while its agent lives", () => {
  it("is taken up, and says so", async () => {
    const sql = new TestSql();
    let tries = 0;
    const one = agent(sql, async function* () {
      tries += 1;
      if (tries === 1) yield* HALF;
      else yield* say("and the second.");
    });
    const run = one.start();
    await one.ended();
    expect(one.runs.find(run.id).state).toBe("finished");
    expect(textIn(one.chunks(run))).toBe(WHOLE);
    expect(one.chunks(run).filter(({ type }) => type === "data-resumed")).toHaveLength(1);
  });

  it.each<[string, Chunks, string]>([
    ["what it fails of is final", (generation) => failing(generation, { code: "model_timeout", message: "late" }, true), "model_timeout"],
    [
      "the model refused it",
      (generation) => failing(generation, { code: "model_error", message: "no", status: 400 }, false),
      "model_error",
    ],
  ])("ends the run as failed where %s", async (_what, generate, code) => {
    const sql = new TestSql();
    let tries = 0;
    const one = agent(sql, (generation) => {
      tries += 1;
      return generate(generation);
    });
    const run = one.start();
    await one.ended();
    expect(one.runs.find(run.id)).toMatchObject({ state: "failed", error: { code } });
    expect(tries).toBe(1);
  });

  it.each<[string, RunFailure, boolean]>([
    ["is busy", { code: "model_error", message: "m", status: 429 }, false],
    ["is down", { code: "model_error", message: "m", status: 503 }, false],
    ["is away", { code: "model_unreachable", message: "m" }, false],
    ["is silent", { code: "model_timeout", message: "m" }, false],
    ["breaks off", { code: "model_stream_broken", message: "m" }, true],
  ])("before the first word, where the provider %s, is tried again only where it broke off", async (_what, failure, again) => {
    let tries = 0;
    const one = agent(new TestSql(), async function* (generation) {
      tries += 1;
      yield* BEGUN;
      if (tries === 1) generation.fail(failure);
      else yield* say(WHOLE);
    });
    const run = one.start();
    await one.ended();
    expect([tries, one.runs.find(run.id).state]).toEqual(again ? [2, "finished"] : [1, "failed"]);
  });

  it("ends the run as failed once it broke too often, with what was said", async () => {
    const sql = new TestSql();
    const one = agent(
      sql,
      async function* () {
        yield* HALF;
      },
      { recovery: { attempts: 2 } },
    );
    const run = one.start();
    await one.ended();
    expect(one.runs.find(run.id)).toMatchObject({ state: "failed", error: { code: "model_stream_broken" } });
    expect(textIn(one.chunks(run))).toBe("The first half of it, ");
    expect(JSON.stringify(one.conversation.messages.at(-1))).toContain("The first half of it, ");
  });
});

async function* failing(generation: Generation, failure: RunFailure, final: boolean): AsyncGenerator<UIMessageChunk> {
  yield* HALF;
  generation.fail(failure, { final });
}
