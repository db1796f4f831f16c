import { readUIMessageStream, type UIMessage, type UIMessageChunk } from "ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunksOf } from "./message-chunks.ts";

type Part = UIMessage["parts"][number];

async function rebuilt(message: UIMessage): Promise<unknown> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunksOf(message)) controller.enqueue(chunk);
      controller.close();
    },
  });
  let last: UIMessage | undefined;
  for await (const one of readUIMessageStream({ stream, terminateOnError: true })) last = one;
  // What a part has not is `undefined` in one and absent in the other. `rawInput` is the input once more, as text.
  return JSON.parse(JSON.stringify(last, (name, value: unknown) => (name === "rawInput" ? undefined : value)));
}

const providerMetadata = { openai: { itemId: "i1" } };

const parts: Record<string, readonly Part[]> = {
  "text with metadata": [{ type: "text", text: "Hello", state: "done", providerMetadata }],
  "reasoning, then text": [
    { type: "step-start" },
    { type: "reasoning", id: "rs_1", text: "Hm.", state: "done", providerMetadata },
    { type: "text", text: "Yes.", state: "done" },
  ],
  "files and sources": [
    { type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==" },
    { type: "source-url", sourceId: "s1", url: "https://example.com", title: "Example" },
    { type: "source-document", sourceId: "s2", mediaType: "application/pdf", title: "Paper", filename: "paper.pdf" },
  ],
  "parts of an application's own": [
    { type: "data-order", id: "o1", data: { status: "on its way" } },
    { type: "data-note", data: 1 },
  ],
  "a tool's output": [
    {
      type: "tool-clock",
      toolCallId: "c1",
      state: "output-available",
      input: { zone: "UTC", at: [1, 2] },
      output: { now: 12 },
      title: "Clock",
      callProviderMetadata: providerMetadata,
      resultProviderMetadata: providerMetadata,
    },
  ],
  "a tool that the provider ran": [
    { type: "tool-search", toolCallId: "c1", state: "output-available", input: { query: "x" }, output: [], providerExecuted: true },
  ],
  "a dynamic tool": [
    { type: "dynamic-tool", toolName: "remote", toolCallId: "c1", state: "output-available", input: { a: 1 }, output: "b" },
  ],
  "an approved call": [
    {
      type: "tool-order",
      toolCallId: "c1",
      state: "approval-responded",
      input: { order: "A7" },
      approval: { id: "p1", approved: true, reason: "Fine." },
    },
  ],
  "a call that waits for its approval": [
    { type: "tool-order", toolCallId: "c1", state: "approval-requested", input: { order: "A7" }, approval: { id: "p1" } },
  ],
  "a denied call": [
    { type: "tool-order", toolCallId: "c1", state: "output-denied", input: {}, approval: { id: "p1", approved: false, reason: "No." } },
  ],
  "a call that waits for its output": [{ type: "tool-order", toolCallId: "c1", state: "input-available", input: { order: "A7" } }],
};

/** A step that is only begun is not shown yet. */
const ending: Part = { type: "text", text: "That is all.", state: "done" };

describe("the chunks of a message", () => {
  it.each(Object.entries(parts))("rebuild %s", async (_what, given) => {
    const message: UIMessage = { id: "m1", role: "assistant", metadata: { model: "x" }, parts: [...given] };
    expect(await rebuilt(message)).toEqual(message);
  });

  it("rebuild the parts in any order and number", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...Object.values(parts).flat()), { minLength: 1, maxLength: 8 }), async (chosen) => {
        const unique = chosen.map((part, index): Part => {
          if ("toolCallId" in part)
            return "approval" in part && part.approval !== undefined
              ? ({ ...part, toolCallId: `c${index}`, approval: { ...part.approval, id: `p${index}` } } as Part)
              : { ...part, toolCallId: `c${index}` };
          return part.type.startsWith("data-") && "data" in part ? { ...part, id: `d${index}` } : part;
        });
        const message: UIMessage = { id: "m1", role: "assistant", parts: [...unique, ending] };
        expect(await rebuilt(message)).toEqual(message);
      }),
      { numRuns: 200 },
    );
  });

  it("keep a failed tool's input and error", async () => {
    const part: Part = { type: "tool-door", toolCallId: "c1", state: "output-error", input: { door: 1 }, errorText: "It is locked." };
    expect(await rebuilt({ id: "m1", role: "assistant", parts: [part] })).toMatchObject({ parts: [part] });
  });
});
