import type { UIMessageChunk } from "ai";
import { afterEach, describe, expect, it, vi } from "vitest";
import { call, conversationIn, rolesIn, search, stream, text, textsIn, waiting } from "../../test/recovery/conversations.ts";
import { agent, BEGUN, deadAfter, dying, HALF, lastWords, nextLife, say, textIn, WHOLE, type Given } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { UNKNOWN_OUTCOME } from "../recovery/context.ts";
import { DEFAULT_LIMITS } from "../wire/limits.ts";
import { EVENT_MAX_BYTES } from "./log.ts";

afterEach(() => void vi.restoreAllMocks());

describe("an answer that went on before it was cancelled", () => {
  it("has all that its lives said, once, as one message", async () => {
    const { sql, run } = await deadAfter(HALF);
    const second = dying(...BEGUN, ...text("half of it, and the "));
    agent(sql, second).runs.recover();
    await second.dead;
    const third = waiting(...BEGUN, ...text("half of it, and the second"));
    const one = agent(sql, third);
    one.runs.recover();
    await third.said;
    one.runs.cancel(run.id);
    await one.ended();
    expect(textsIn(sql)).toEqual(["Hello", "The first half of it, and the second"]);
    expect(textsIn(sql)[1]).toBe(textIn(one.chunks(run)));
    expect(conversationIn(sql)[1]?.id).toBe("m");
  });

  it("has what it said before the agent's death, where the cancel comes before it goes on", async () => {
    const { sql, run } = await deadAfter(HALF);
    const one: ReturnType<typeof agent> = agent(sql, () => expect.fail("The model was asked."), {
      recover: () => one.runs.cancel(run.id).state === "cancelled",
    });
    one.runs.recover();
    await one.ended();
    expect(textsIn(sql)).toEqual(["Hello", "The first half of it, "]);
  });

  it("has no half call that was asked for anew", async () => {
    const half: UIMessageChunk[] = [
      ...BEGUN,
      ...text("I look."),
      { type: "text-end", id: "0" },
      { type: "tool-input-start", toolCallId: "c", toolName: "look" },
    ];
    const { sql, run } = await deadAfter(half);
    const second = waiting(...BEGUN, call("d"));
    const one = agent(sql, second);
    one.runs.recover();
    await second.said;
    one.runs.cancel(run.id);
    await one.ended();
    const calls = conversationIn(sql)
      .at(-1)
      ?.parts.flatMap((part) => ("toolCallId" in part ? [part.toolCallId] : []));
    expect(calls).toEqual(["d"]);
  });

  it("has none of its provider's names for a step that broke off and went on", async () => {
    const thought: UIMessageChunk[] = [
      { type: "reasoning-start", id: "r" },
      { type: "reasoning-delta", id: "r", delta: "hm" },
      { type: "reasoning-end", id: "r", providerMetadata: { openai: { itemId: "rs_1" } } },
    ];
    const { sql, run } = await deadAfter([...BEGUN, ...thought, ...text("The first half of it, ")]);
    const second = waiting(...BEGUN, ...text("and the second."), { type: "finish-step" }, { type: "start-step" }, ...text("More"));
    const one = agent(sql, second);
    one.runs.recover();
    await second.said;
    one.runs.cancel(run.id);
    await one.ended();
    expect(textsIn(sql)[1]).toBe(`${WHOLE}More`);
    expect(JSON.stringify(conversationIn(sql))).not.toContain("rs_1");
  });
});

describe("an answer that was interrupted", () => {
  it.each<[string, Given]>([
    ["where its author wants none to go on", { recovery: { enabled: false } }],
    ["where its author refuses it", { recover: () => false }],
    ["where it would cost too much", { recovery: { repeatedTokens: 10 } }],
  ])("stays as far as its log has it, %s", async (_what, given) => {
    const { sql, run } = await deadAfter(HALF);
    const next = await nextLife(sql, () => say("never"), given);
    expect(next.runs.find(run.id).state).toBe("interrupted");
    expect(conversationIn(sql)).toMatchObject([{ role: "user" }, { id: "m", role: "assistant" }]);
    expect(textsIn(sql)).toEqual(["Hello", "The first half of it, "]);
  });

  it("at the level behind stays as far as its log has it, and has no more", async () => {
    const sql = new TestSql();
    const last = lastWords(async function* () {
      yield* HALF;
      // So much is stored at once.
      yield { type: "text-delta", id: "0", delta: "x".repeat(200_000) };
      yield { type: "text-delta", id: "0", delta: "which no log has" };
    });
    const first = agent(sql, last, { level: "behind" });
    const run = first.start();
    await last.dead;
    // The dead write nothing, whatever their timers do.
    first.log.append = () => undefined;
    const next = await nextLife(sql, () => say("never"), { level: "behind" });
    expect(next.runs.find(run.id).state).toBe("interrupted");
    const logged = textIn(next.chunks(run));
    expect(logged).not.toBe("");
    expect(logged).not.toContain("which no log has");
    expect(textsIn(sql)).toEqual(["Hello", logged]);
  });

  it("stands where it would have if it had finished, also behind what another run has said since", async () => {
    const sql = new TestSql();
    const dies = dying(...HALF);
    const first = agent(sql, (generation) => (generation.messages.length === 1 ? dies(generation) : say("Well.")));
    const run = first.start();
    first.start({ prompt: "And?" });
    await dies.dead;
    await vi.waitFor(() => expect(textsIn(sql)).toEqual(["Hello", "And?", "Well."]), { timeout: 20_000 });
    const next = await nextLife(sql, () => say("never"), { recover: () => false });
    expect(next.runs.find(run.id).state).toBe("interrupted");
    expect(textsIn(sql)).toEqual(["Hello", "And?", "Well.", "The first half of it, "]);
  });

  it("leaves nothing where nothing was said, and nothing where it is not known what it began with", async () => {
    const silent = await deadAfter(BEGUN);
    await nextLife(silent.sql, () => say("never"), { recovery: { enabled: false } });
    expect(rolesIn(silent.sql)).toEqual(["user"]);
    const unknown = await deadAfter(HALF);
    // As where it did not fit into a row.
    unknown.sql.exec("UPDATE transport_runs SET origin = NULL WHERE n = ?", unknown.run.n);
    const next = await nextLife(unknown.sql, () => say("never"));
    expect(next.runs.find(unknown.run.id).state).toBe("interrupted");
    expect(textsIn(unknown.sql)).toEqual(["Hello"]);
  });

  it("has what is known of a tool that had begun, and none of its provider's own calls", async () => {
    const sql = new TestSql();
    const last = lastWords(async function* ({ toolCalls }) {
      yield* [...BEGUN, ...search("ws_1"), ...["a", "b", "c", "d"].map(call)];
      for (const id of ["a", "b", "c"]) toolCalls?.begin(id);
      toolCalls?.end("b", { state: "done", output: 2 });
      toolCalls?.end("c", { state: "failed", errorText: "No." });
    });
    agent(sql, last).start();
    await last.dead;
    await nextLife(sql, () => say("never"), { recover: () => false });
    expect(conversationIn(sql).at(-1)?.parts.slice(1)).toMatchObject([
      { toolCallId: "a", state: "output-error", errorText: UNKNOWN_OUTCOME },
      { toolCallId: "b", state: "output-available", output: 2 },
      { toolCallId: "c", state: "output-error", errorText: "No." },
      { toolCallId: "d", state: "input-available" },
    ]);
  });

  it.each<[string, Given]>([
    ["with nothing sent before it is stored, and no answer that goes on", { recovery: { enabled: false } }],
    ["at the level behind", { level: "behind" }],
  ])("is not read where its log is larger than logs are by default, and leaves nothing: %s", async (_what, given) => {
    const sql = new TestSql();
    const last = dying(...BEGUN, ...text("x".repeat(200_000)));
    const first = agent(sql, last, given);
    const run = first.start();
    await last.dead;
    first.log.append = () => undefined;
    const next = agent(sql, () => expect.fail("The model was asked."), given);
    vi.spyOn(next.log, "size").mockReturnValue(DEFAULT_LIMITS.runBytes + 1);
    const read = vi.spyOn(next.log, "read");
    next.runs.recover();
    await next.ended();
    expect(read).not.toHaveBeenCalled();
    expect(next.runs.find(run.id).state).toBe("interrupted");
    expect(rolesIn(sql)).toEqual(["user"]);
  });

  it("is not read where its agent has died again and again before it could be, and leaves nothing", async () => {
    const { sql, run } = await deadAfter(HALF);
    vi.spyOn(console, "error").mockReturnValue();
    for (let life = 0; life < 6; life++) {
      const { log, runs, ended } = agent(sql, () => expect.fail("The model was asked."));
      // As a death that lets nothing run behind it: the dead write nothing.
      vi.spyOn(log, "read").mockImplementation(() => expect.fail("It has died."));
      vi.spyOn(log, "end").mockReturnValue();
      vi.spyOn(log, "append").mockReturnValue(undefined);
      runs.recover();
      await ended();
    }
    const last = agent(sql, () => expect.fail("The model was asked."));
    const read = vi.spyOn(last.log, "read");
    last.runs.recover();
    await last.ended();
    expect(read).not.toHaveBeenCalled();
    expect(last.runs.find(run.id).state).toBe("interrupted");
    expect(rolesIn(sql)).toEqual(["user"]);
  });
});

describe("an answer that failed", () => {
  it("by a fault of the agent's own stays as far as its log has it, as one message", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const sql = new TestSql();
    const one = agent(sql, () => stream(...HALF));
    vi.spyOn(one.log, "read").mockImplementationOnce(() => {
      throw new Error("The disk is gone.");
    });
    const run = one.start();
    await one.ended();
    expect(one.runs.find(run.id)).toMatchObject({ state: "failed", error: { code: "internal" } });
    expect(textsIn(sql)).toEqual(["Hello", "The first half of it, "]);
  });

  it("by its end, which was too large for the log, stays as one message", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const sql = new TestSql();
    const messageMetadata = "x".repeat(EVENT_MAX_BYTES);
    // Without a name of its own: a second message would have another.
    const one = agent(sql, () => stream({ type: "start" }, ...HALF.slice(1), { type: "finish", messageMetadata }));
    const run = one.start();
    await one.ended();
    expect(one.runs.find(run.id).state).toBe("failed");
    expect(textsIn(sql)).toEqual(["Hello", "The first half of it, "]);
  });

  it("while a tool ran says that the tool's outcome is not known", async () => {
    const sql = new TestSql();
    const one = agent(sql, async function* ({ toolCalls }) {
      yield* [...BEGUN, call("c")];
      toolCalls?.begin("c");
      yield { type: "error", errorText: "No." };
    });
    one.start();
    await one.ended();
    expect(conversationIn(sql).at(-1)?.parts.at(-1)).toMatchObject({ toolCallId: "c", state: "output-error", errorText: UNKNOWN_OUTCOME });
  });

  it("keeps no name that its provider gave to a step that did not end", async () => {
    const sql = new TestSql();
    const one = agent(sql, () =>
      stream(
        ...BEGUN,
        { type: "reasoning-start", id: "r" },
        { type: "reasoning-delta", id: "r", delta: "hm" },
        { type: "reasoning-end", id: "r", providerMetadata: { openai: { itemId: "rs_1" } } },
        ...text("So"),
        { type: "error", errorText: "No." },
      ),
    );
    one.start();
    await one.ended();
    expect(textsIn(sql)).toEqual(["Hello", "So"]);
    expect(JSON.stringify(conversationIn(sql))).not.toContain("rs_1");
  });

  it.each<[string, UIMessageChunk]>([
    ["failed", { type: "error", errorText: "No." }],
    ["finished", { type: "finish" }],
  ])("or finished before its first word leaves no empty message: %s", async (state, last) => {
    const sql = new TestSql();
    const one = agent(sql, () => stream(...BEGUN, { type: "text-start", id: "0" }, last));
    const run = one.start();
    await one.ended();
    expect([one.runs.find(run.id).state, rolesIn(sql)]).toEqual([state, ["user"]]);
  });
});
