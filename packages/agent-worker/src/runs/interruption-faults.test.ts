import type { RunFailure } from "@agent-transports/protocol";
import type { UIMessage, UIMessageChunk } from "ai";
import { describe, expect, it, vi } from "vitest";
import { agent, BEGUN, deadAfter, dying, HALF, lastWords, nextLife, say, shown, textIn, WHOLE } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { DEFAULT_LIMITS } from "../wire/limits.ts";
import { AskedLimits } from "./asked-limits.ts";
import { Conversation } from "./conversation.ts";
import { RunLog } from "./log.ts";
import { Runs } from "./runs.ts";

describe("an answer that goes on", () => {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it("at the level behind, an answer whose stream breaks goes on once, behind what is not stored yet", async () => {
    let tries = 0;
    const one = agent(
      new TestSql(),
      async function* () {
        tries += 1;
        if (tries === 1) yield* HALF;
        else yield* say(WHOLE);
      },
      { level: "behind" },
    );
    const run = one.start();
    await one.ended();
    expect(textIn(one.chunks(run))).toBe(WHOLE);
  });

  it("a text goes on behind data, sources and files that come first, and behind a tool in a part of its own", async () => {
    const asides: readonly UIMessageChunk[] = [
      { type: "data-status", data: "back" },
      { type: "source-url", sourceId: "s", url: "https://example.com/" },
    ];
    const { sql, run } = await deadAfter(HALF);
    const next = await nextLife(sql, async function* () {
      yield* BEGUN;
      yield* asides;
      for await (const chunk of say(WHOLE)) if (!chunk.type.startsWith("start")) yield chunk;
    });
    expect((await shown(next.chunks(run)))?.parts.filter(({ type }) => type === "text")).toEqual([
      { type: "text", text: WHOLE, state: "done" },
    ]);
    const second = await deadAfter(HALF);
    const behind = await nextLife(second.sql, async function* () {
      yield* BEGUN;
      yield { type: "tool-input-available", toolCallId: "t", toolName: "look", input: {} };
      yield { type: "tool-output-available", toolCallId: "t", output: 1 };
      for await (const chunk of say(WHOLE)) if (!chunk.type.startsWith("start")) yield chunk;
    });
    const message = await shown(behind.chunks(second.run));
    expect(message?.parts.map((part) => (part.type === "text" ? part.text : part.type))).toEqual([
      "step-start",
      "The first half of it, ",
      "tool-look",
      "and the second.",
    ]);
  });

  it("an input that comes while a try waits is given, once", async () => {
    const taken: unknown[] = [];
    const seen: string[] = [];
    let tries = 0;
    const waits = Promise.withResolvers<void>();
    const one = agent(new TestSql(), async function* (generation) {
      tries += 1;
      // This try fails in this turn, and the third waits.
      if (tries === 2) setTimeout(waits.resolve, 0);
      taken.push(...generation.takeInputs());
      seen.push(JSON.stringify(generation.messages));
      if (tries < 3) yield* tries === 1 ? HALF : BEGUN;
      else yield* say("and the second.");
    });
    const run = one.start();
    await waits.promise;
    one.runs.inputs(run.id, [{ key: "k", data: "late" }]);
    await one.ended();
    expect(taken).toEqual(["late"]);
    expect(one.runs.find(run.id).state).toBe("finished");
  });

  it("a message that another run replaced is still what the first was asked", async () => {
    const sql = new TestSql();
    const last = dying(...HALF);
    const first = agent(sql, last);
    const message = (text: string) => ({ message: { id: "m1", role: "user" as const, parts: [{ type: "text" as const, text }] } });
    first.start(message("one question"));
    await last.dead;
    const { conversation } = first;
    conversation.append({ id: "m1", role: "user", parts: [{ type: "text", text: "another" }] });
    let given: readonly UIMessage[] = [];
    await nextLife(sql, (generation) => {
      given = generation.messages;
      return say("and the second.");
    });
    expect(JSON.stringify(given[0])).toContain("one question");
  });

  it("a large image does not use up what may be shown again", async () => {
    const url = `data:image/png;base64,${"A".repeat(1_200_000)}`;
    const messages = [{ id: "q", role: "user" as const, parts: [{ type: "file", mediaType: "image/png", url }] }];
    const { sql, run } = await deadAfter(HALF, {}, { messages });
    const next = await nextLife(sql, () => say("and the second."));
    expect(next.runs.find(run.id).state).toBe("finished");
  });

  it.each<[string, Partial<RunFailure>]>([
    ["busy", { code: "model_error", status: 429 }],
    ["down", { code: "model_error", status: 503 }],
    ["away", { code: "model_unreachable" }],
  ])("a provider that is %s when the agent comes back is asked again, also where nothing was said", async (_what, failure) => {
    const { sql, run } = await deadAfter(BEGUN);
    let tries = 0;
    const next = await nextLife(sql, async function* (generation) {
      tries += 1;
      if (tries === 1) generation.fail({ code: "x", message: "m", ...failure });
      else yield* say(WHOLE);
    });
    expect(next.runs.find(run.id).state).toBe("finished");
  });

  it("an answer that its model then refuses is interrupted, and says with what", async () => {
    const { sql, run } = await deadAfter(HALF);
    const next = await nextLife(sql, async function* (generation) {
      yield* [];
      generation.fail({ code: "model_error", message: "The model provider answered 401.", status: 401 });
    });
    expect(next.runs.find(run.id)).toMatchObject({ state: "interrupted", error: { message: expect.stringContaining("answered 401") } });
  });

  it("what a provider does not stream again is continued", async () => {
    const sql = new TestSql();
    const last = lastWords(async function* (generation) {
      yield* BEGUN;
      generation.keep?.({ response: "r" });
      yield* HALF.slice(2);
    });
    const run = agent(sql, last).start();
    await last.dead;
    const ways: (string | undefined)[] = [];
    const next = await nextLife(sql, async function* (generation) {
      ways.push(generation.interrupted?.way);
      if (generation.interrupted?.way === "replayed") generation.fail({ code: "model_unreachable", message: "m" });
      else yield* say("and the second.");
    });
    expect(ways.at(-1)).toBe("continued");
    expect(textIn(next.chunks(run))).toBe(WHOLE);
  });

  it("behind a tool that was settled, a second death doubles nothing, and each step has its beginning", async () => {
    const sql = new TestSql();
    const call: UIMessageChunk = { type: "tool-input-available", toolCallId: "c", toolName: "look", input: {} };
    const first = dying(...BEGUN, call);
    const run = agent(sql, first).start();
    await first.dead;
    const settling: readonly UIMessageChunk[] = [
      { type: "tool-output-available", toolCallId: "c", output: 1 },
      { type: "finish-step" },
      { type: "start" },
      { type: "start-step" },
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "The first half of it, " },
    ];
    const second = lastWords(async function* (generation) {
      generation.interrupted?.takeCalls();
      yield* settling;
    });
    agent(sql, second).runs.recover();
    await second.dead;
    const last = await nextLife(sql, () => say(WHOLE));
    const chunks = last.chunks(run);
    expect(textIn(chunks)).toBe(WHOLE);
    expect((await shown(chunks))?.parts.map(({ type }) => type)).toEqual(["step-start", "tool-look", "step-start", "text"]);
  });

  it("an agent that dies while it reads its log is not woken for ever", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { sql, run } = await deadAfter(HALF);
    let reads = 0;
    for (let life = 0; life < 20; life++) {
      const { log, runs } = agent(sql, () => say("and the second."));
      log.read = () => {
        reads += 1;
        throw new Error("As a death that lets nothing run behind it.");
      };
      // The dead write nothing.
      log.end = () => undefined;
      log.append = () => undefined;
      runs.recover();
      await pause(1);
      if (new RunLog(sql.storage).byId(run.id)?.state !== "running") break;
    }
    expect(reads).toBeLessThan(20);
  });

  it("what an attempt that is over still says is not heard", async () => {
    let late: ((value: unknown) => void) | undefined;
    let signal: AbortSignal | undefined;
    let tries = 0;
    const one = agent(new TestSql(), async function* (generation) {
      tries += 1;
      if (tries > 1) {
        late?.({ response: "old" });
        yield* say("and the second.");
        return;
      }
      late = (value) => generation.keep?.(value);
      ({ signal } = generation);
      yield* HALF;
    });
    const run = one.start();
    await one.ended();
    expect(signal?.aborted).toBe(true);
    expect(textIn(one.chunks(run))).toBe(WHOLE);
  });

  it.each([
    ["whose bounds are wrong", { recovery: { attempts: -1 } }, "finished"],
    [
      "whose hook fails",
      {
        recover: () => {
          throw new Error("of the author's");
        },
      },
      "interrupted",
    ],
  ] as const)("an agent %s has its run end as it must", async (_what, given, state) => {
    vi.spyOn(console, "error").mockReturnValue();
    const { sql, run } = await deadAfter(HALF);
    const next = await nextLife(sql, () => say("and the second."), given);
    expect(next.runs.find(run.id).state).toBe(state);
  });

  it("a wrong durability does not keep an agent from waking", async () => {
    const { sql, run } = await deadAfter(HALF);
    const log = new RunLog(sql.storage);
    const work: Promise<void>[] = [];
    const runs = new Runs(log, new Conversation(sql.storage), {
      generate: () => say("and the second."),
      describeError: () => ({ code: "internal", message: "" }),
      keepAlive: (begin) => void work.push(begin()),
      ended: () => undefined,
      limits: new AskedLimits(() => DEFAULT_LIMITS),
      durability: () => ({ level: "window", windowMs: 99_999 }),
      observe: () => undefined,
      durable: () => Promise.resolve(),
      recovery: () => ({}),
      recover: () => true,
    });
    runs.recover();
    await Promise.all(work);
    expect(runs.find(run.id).state).toBe("finished");
  });
});
