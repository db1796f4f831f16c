import { createParser } from "eventsource-parser";
import { describe, expect, it } from "vitest";
import { cannedFetch, type Chunking } from "./canned-fetch.ts";

async function chunksOf(count: number, chunking: Chunking): Promise<string[]> {
  const { body } = await cannedFetch(count, chunking)("http://127.0.0.1");
  const chunks: string[] = [];
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) chunks.push(chunk);
  return chunks;
}

function idsIn(text: string): (string | undefined)[] {
  const ids: (string | undefined)[] = [];
  createParser({ onEvent: ({ id }) => ids.push(id) }).feed(text);
  return ids;
}

describe("a canned run", () => {
  it.each<Chunking>([{ bytes: 7 }, { bytes: 1 << 20 }, { events: 1 }, { events: 4 }])(
    "yields the same bytes however it is split, with its terminal event: %o",
    async (chunking) => {
      const text = (await chunksOf(25, chunking)).join("");
      expect(idsIn(text)).toEqual(Array.from({ length: 26 }, (_, index) => `k3v9x2pq.${index + 1}`));
      expect(text.endsWith('data: {"type":"data-run-end","data":{"state":"finished"},"transient":true}\n\n')).toBe(true);
    },
  );

  it("is cut at the requested place", async () => {
    expect((await chunksOf(10, { events: 1 })).map((chunk) => idsIn(chunk).length)).toEqual(Array.from({ length: 11 }, () => 1));
    const sizes = (await chunksOf(10, { bytes: 64 })).map(({ length }) => length);
    expect(new Set(sizes.slice(0, -1))).toEqual(new Set([64]));
  });

  it("ends with the signal, as a real response does", async () => {
    const abort = new AbortController();
    const { body } = await cannedFetch(1_000, { events: 1 })("http://127.0.0.1", { signal: abort.signal });
    const reader = body!.getReader();
    await reader.read();
    abort.abort(new Error("left"));
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow("left");
  });
});
