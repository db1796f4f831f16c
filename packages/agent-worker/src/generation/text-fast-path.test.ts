import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { streamText, toUIMessageStream, type UIMessageChunk } from "ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import type { Generation } from "../runs/generation.ts";
import { ToolCalls } from "../runs/tool-calls.ts";
import { UnendedRuns } from "../runs/unended-runs.ts";
import { generateWith } from "./generate.ts";
import { TextFastPath } from "./text-fast-path.ts";

const USAGE = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: undefined },
};
const FINISH: LanguageModelV4StreamPart = { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage: USAGE };

type Source = () => AsyncIterable<LanguageModelV4StreamPart>;

function modelOf(source: Source): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "test",
    modelId: "test",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("not used")),
    async doStream() {
      const parts = source()[Symbol.asyncIterator]();
      return {
        stream: new ReadableStream<LanguageModelV4StreamPart>({
          async pull(controller) {
            const { done, value } = await parts.next();
            if (done === true) controller.close();
            else controller.enqueue(value);
          },
        }),
      };
    },
  };
}

function generation(): Generation {
  return {
    runId: "r",
    messages: [{ id: "m", role: "user", parts: [{ type: "text", text: "hi" }] }],
    clientTools: {},
    signal: new AbortController().signal,
    takeInputs: () => [],
    fail: ({ message }) => message,
    keep: () => undefined,
    toolCalls: new ToolCalls(new UnendedRuns(new TestSql().storage), 1, "r"),
  };
}

/** What a client makes of an answer: deltas of one text that stand together are one, and names that the AI SDK made up are numbers. */
async function read(stream: AsyncIterable<UIMessageChunk>, chunks: UIMessageChunk[] = []): Promise<UIMessageChunk[]> {
  const names = new Map<string, string>();
  for await (const came of stream) {
    const last = chunks.at(-1);
    const chunk =
      "id" in came && typeof came.id === "string" && came.id.startsWith("ai")
        ? { ...came, id: names.get(came.id) ?? `made up ${names.size}` }
        : came;
    if ("id" in came && typeof came.id === "string" && "id" in chunk && typeof chunk.id === "string") names.set(came.id, chunk.id);
    if (chunk.type === "start") chunks.push({ type: "start" });
    else if (
      (chunk.type === "text-delta" || chunk.type === "reasoning-delta") &&
      chunk.delta === "" &&
      chunk.providerMetadata === undefined
    )
      continue;
    else if (
      (last?.type === "text-delta" || last?.type === "reasoning-delta") &&
      last.type === chunk.type &&
      last.id === chunk.id &&
      // The AI SDK gives a text's metadata to each of its deltas that follows.
      JSON.stringify(last.providerMetadata) === JSON.stringify(chunk.providerMetadata)
    )
      chunks[chunks.length - 1] = { ...last, delta: last.delta + chunk.delta };
    else chunks.push(chunk);
  }
  return chunks;
}

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

type Said = { readonly part: LanguageModelV4StreamPart; readonly waits: number };

/** A sequence that a model may send: texts begun and ended, interleaved, with other things between. */
const answers: fc.Arbitrary<Said[]> = fc
  .array(
    fc.record({
      what: fc.constantFrom("delta", "delta", "delta", "delta", "start", "end", "source", "metadata", "raw"),
      kind: fc.constantFrom<"text" | "reasoning">("text", "text", "reasoning"),
      id: fc.constantFrom("0", "1"),
      text: fc.string({ unit: "binary", maxLength: 4 }),
      waits: fc.constantFrom(0, 0, 0, 1, 2),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    const open = new Set<string>();
    const said: Said[] = [];
    const say = (part: LanguageModelV4StreamPart, waits: number): number => said.push({ part, waits });
    for (const { what, kind, id, text, waits } of steps) {
      const key = `${kind} ${id}`;
      if (what === "source") say({ type: "source", sourceType: "url", id: text, url: "https://example.com" }, waits);
      else if (what === "raw") say({ type: "raw", rawValue: text }, waits);
      else if (what === "end" || what === "start") {
        if (open.has(key)) say({ type: `${kind}-end`, id }, waits);
        else say({ type: `${kind}-start`, id }, waits);
        if (open.has(key)) open.delete(key);
        else open.add(key);
      } else if (open.has(key)) {
        say({ type: `${kind}-delta`, id, delta: text, ...(what === "metadata" ? { providerMetadata: { p: { text } } } : {}) }, waits);
      }
    }
    for (const key of open) {
      const [kind = "", id = ""] = key.split(" ");
      say({ type: kind === "text" ? "text-end" : "reasoning-end", id }, 0);
    }
    return said;
  });

describe("text beside the AI SDK's chain", () => {
  it("gives the same answer in the same order as the chain alone", async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (said) => {
        const source: Source = async function* () {
          yield { type: "stream-start", warnings: [] };
          for (const { part, waits } of said) {
            for (let wait = 0; wait < waits; wait++) await nextTask();
            yield part;
          }
          yield FINISH;
        };
        const chain = toUIMessageStream({ stream: streamText({ model: modelOf(source), prompt: "hi" }).stream });
        expect(await read(await generateWith(modelOf(source), generation()))).toEqual(await read(chain));
      }),
      { numRuns: 150 },
    );
  });

  it("passes on each delta before the model sends the next", async () => {
    let said = (): void => undefined;
    const source: Source = async function* () {
      yield { type: "text-start", id: "0" };
      for (const word of ["one", "two", "three"]) {
        yield { type: "text-delta", id: "0", delta: word };
        // Nothing more comes until the reader has had this one.
        await new Promise<void>((resolve) => (said = resolve));
      }
      yield { type: "text-end", id: "0" };
      yield FINISH;
    };
    const words: string[] = [];
    for await (const chunk of await generateWith(modelOf(source), generation())) {
      if (chunk.type !== "text-delta") continue;
      words.push(chunk.delta);
      said();
    }
    expect(words).toEqual(["one", "two", "three"]);
  });

  it("joins deltas that arrive faster than they may be sent, and keeps every letter", async () => {
    const words = Array.from({ length: 10_000 }, (_, index) => `w${index} `);
    const source: Source = async function* () {
      yield { type: "text-start", id: "0" };
      for (const delta of words) yield { type: "text-delta", id: "0", delta };
      yield { type: "text-end", id: "0" };
      yield FINISH;
    };
    const deltas: string[] = [];
    for await (const chunk of await generateWith(modelOf(source), generation())) if (chunk.type === "text-delta") deltas.push(chunk.delta);
    expect(deltas.join("")).toBe(words.join(""));
    expect(deltas.length).toBeLessThan(words.length / 10);
  });

  it("passes on everything before a model failed, and then the failure", async () => {
    const source: Source = async function* () {
      yield { type: "text-start", id: "0" };
      for (const delta of ["a", "b", "c"]) {
        yield { type: "text-delta", id: "0", delta };
        await nextTask();
      }
      throw new Error("connection reset");
    };
    const chunks: UIMessageChunk[] = [];
    await expect(read(await generateWith(modelOf(source), generation()), chunks)).rejects.toThrow("connection reset");
    expect(chunks.filter(({ type }) => type === "text-delta")).toEqual([{ type: "text-delta", id: "0", delta: "abc" }]);
  });

  it("reads a bounded amount ahead of a run that does not read", async () => {
    const fastPath = new TextFastPath(() => 2).behind(
      new ReadableStream({ pull: (controller) => controller.enqueue({ type: "text-start", id: "0" }) }),
    );
    fastPath.take({ type: "text-start", id: "0" });
    fastPath.take({ type: "text-delta", id: "0", delta: "x".repeat(70_000) });
    const room = fastPath.room();
    expect(room).toBeDefined();
    const chunks = fastPath[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toEqual({ type: "text-start", id: "0" });
    expect((await chunks.next()).value).toMatchObject({ type: "text-delta" });
    await room;
    expect(fastPath.room()).toBeUndefined();
    await chunks.return();
  });

  it("fails when the chain's text differs from the model's", async () => {
    const chain: UIMessageChunk[] = [
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "another" },
      { type: "text-end", id: "0" },
    ];
    const fastPath = new TextFastPath(() => 2).behind(
      new ReadableStream({
        start(controller) {
          for (const chunk of chain) controller.enqueue(chunk);
          controller.close();
        },
      }),
    );
    fastPath.take({ type: "text-start", id: "0" });
    fastPath.take({ type: "text-delta", id: "0", delta: "text" });
    await expect(read(fastPath)).rejects.toThrow("differs from the model's");
  });

  it("cancels the chain when nobody wants the rest", async () => {
    let cancelled = false;
    const chain = new ReadableStream<UIMessageChunk>({
      pull: (controller) => controller.enqueue({ type: "start" }),
      cancel: () => void (cancelled = true),
    });
    const chunks = new TextFastPath(() => 2).behind(chain)[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.return();
    expect(cancelled).toBe(true);
  });
});
