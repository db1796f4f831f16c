import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import { joinDeltas } from "./coalesce.ts";

const delta = (text: string, id = "0"): LanguageModelV4StreamPart => ({ type: "text-delta", id, delta: text });

/** Workers' types do not know `ReadableStream.from`. */
function streamOf(
  source: Iterable<LanguageModelV4StreamPart> | AsyncIterable<LanguageModelV4StreamPart>,
): ReadableStream<LanguageModelV4StreamPart> {
  const parts = (async function* () {
    yield* source;
  })();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function readAll(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): Promise<{ parts: LanguageModelV4StreamPart[]; error?: unknown }> {
  const parts: LanguageModelV4StreamPart[] = [];
  try {
    for await (const part of stream) parts.push(part);
  } catch (error) {
    return { parts, error };
  }
  return { parts };
}

function textOf(parts: readonly LanguageModelV4StreamPart[]): string {
  return parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("");
}

describe("joining a model's deltas", () => {
  it("joins deltas that arrive together, and loses none", async () => {
    const words = Array.from({ length: 10_000 }, (_, index) => `w${index} `);
    const { parts, error } = await readAll(joinDeltas(streamOf(words.map((word) => delta(word)))));
    expect(error).toBeUndefined();
    expect(textOf(parts)).toBe(words.join(""));
    expect(parts.length).toBeLessThan(words.length / 10);
  });

  it("passes on the first delta after a pause at once and alone", async () => {
    const { readable, writable } = new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>();
    const writer = writable.getWriter();
    const reader = joinDeltas(readable).getReader();
    for (const word of ["one", "two", "three"]) {
      await writer.write(delta(word));
      expect((await reader.read()).value).toEqual(delta(word));
    }
    await writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  it("does not join deltas of different types, ids or provider metadata", async () => {
    const source: LanguageModelV4StreamPart[] = [
      delta("a"),
      delta("b", "1"),
      { type: "reasoning-delta", id: "1", delta: "c" },
      { type: "text-delta", id: "1", delta: "d", providerMetadata: { openai: { itemId: "x" } } },
      delta("e", "1"),
    ];
    expect((await readAll(joinDeltas(streamOf(source)))).parts).toEqual(source);
  });

  it("passes on everything before the provider's stream broke, and then its error", async () => {
    const broken = new Error("connection reset");
    async function* source(): AsyncGenerator<LanguageModelV4StreamPart> {
      yield delta("a");
      yield delta("b");
      yield { type: "reasoning-delta", id: "1", delta: "c" };
      yield delta("d");
      throw broken;
    }
    const { parts, error } = await readAll(joinDeltas(streamOf(source())));
    expect(parts.map((part) => ("delta" in part ? part.delta : "")).join("")).toBe("abcd");
    expect(error).toBe(broken);
  });

  it("reads a bounded amount ahead of a run that does not read", async () => {
    let pulled = 0;
    const source = new ReadableStream<LanguageModelV4StreamPart>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(delta("x".repeat(1_000)));
      },
    });
    const joined = joinDeltas(source);
    await expect.poll(() => pulled).toBeGreaterThan(60);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pulled).toBeLessThan(80);
    await joined.cancel();
  });

  it("cancels the provider's stream when nobody wants the rest", async () => {
    let cancelledWith: unknown;
    const source = new ReadableStream<LanguageModelV4StreamPart>({ cancel: (reason) => void (cancelledWith = reason) });
    await joinDeltas(source).cancel("stop");
    expect(cancelledWith).toBe("stop");
  });
});
