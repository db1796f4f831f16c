import type { UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import { agent } from "../../test/recovery/lives.ts";
import { TestSql } from "../../test/sql-storage.ts";
import { LogReader } from "../runs/log-reader.ts";
import { plainTextResponse } from "./plain-text.ts";

const delta = (text: string): UIMessageChunk => ({ type: "text-delta", id: "0", delta: text });
const FINISH: UIMessageChunk = { type: "finish" };

/** What a reader of plain text is given of an author's generation, whose chunks come one by one. */
async function plainTextOf(...chunks: readonly UIMessageChunk[]): Promise<{ readonly status: number; readonly text: string }> {
  const one = agent(new TestSql(), async function* () {
    yield { type: "text-start", id: "0" };
    for (const chunk of chunks) {
      yield chunk;
      // Longer than what collects chunks.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  const response = await plainTextResponse(new LogReader(one.runs, one.start(), 0, "text"), undefined);
  const text = await response.text();
  await one.ended();
  expect(one.runs.readerCount).toBe(0);
  return { status: response.status, text };
}

describe("plain text", () => {
  it.each<[string, UIMessageChunk]>([
    ["id", { id: "0", type: "text-delta", delta: " there" }],
    ["delta", { delta: " there", id: "0", type: "text-delta" }],
    ["providerMetadata", { providerMetadata: { x: { type: "text-delta" } }, type: "text-delta", id: "0", delta: " there" }],
  ])("has the text of each delta, also of one that an author wrote with its %s first", async (_first, chunk) => {
    expect(await plainTextOf(delta("Hi"), chunk, FINISH)).toEqual({ status: 200, text: "Hi there" });
    expect(await plainTextOf(chunk, FINISH)).toEqual({ status: 200, text: " there" });
  });

  it("has no text of a chunk in which a delta only stands", async () => {
    const quoted: UIMessageChunk = { type: "data-note", data: { type: "text-delta", delta: "quoted" } };
    expect(await plainTextOf(quoted, delta("Hi"), delta('{"type":"text-delta"}'), FINISH)).toEqual({
      status: 200,
      text: 'Hi{"type":"text-delta"}',
    });
  });

  it.each([
    ["two deltas", ["Look: \ud83d", "\ude00!"], "Look: \u{1f600}!"],
    ["the first delta and another", ["\ud83d", "\ude00"], "\u{1f600}"],
    ["deltas with another event between", ["\ud83d", "", "\ude00"], "\u{1f600}"],
  ])("has the character that %s share", async (_what, deltas, text) => {
    expect(await plainTextOf(...deltas.map(delta), FINISH)).toEqual({ status: 200, text });
  });

  it("has one replacement character for half a character of which the rest never comes", async () => {
    expect(await plainTextOf(delta("a\ud83d"), delta("b\ude00c\ud83d"), FINISH)).toEqual({ status: 200, text: "a\ufffdb\ufffdc\ufffd" });
  });
});
