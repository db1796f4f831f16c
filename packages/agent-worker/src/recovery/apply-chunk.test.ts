import type { MessageParts } from "agents/chat";
import type { UIMessageChunk } from "ai";
import { expect, it } from "vitest";
import { applyChunk } from "./apply-chunk.ts";

const call: UIMessageChunk = { type: "tool-input-available", toolCallId: "c", toolName: "pay", input: {} };
const gives = (output: unknown, preliminary?: true): UIMessageChunk => ({
  type: "tool-output-available",
  toolCallId: "c",
  output,
  ...(preliminary === true && { preliminary }),
});

function partsOf(...chunks: UIMessageChunk[]): MessageParts {
  const parts: MessageParts = [];
  for (const chunk of chunks) applyChunk(parts, chunk);
  return parts;
}

it("what a tool gives bit by bit is preliminary, until its last output comes", () => {
  expect(partsOf(call, gives("Paying …", true))).toMatchObject([{ state: "output-available", output: "Paying …", preliminary: true }]);
  const [part] = partsOf(call, gives("Paying …", true), gives({ paid: 5 }));
  expect(part).toMatchObject({ state: "output-available", output: { paid: 5 } });
  expect(part).not.toHaveProperty("preliminary");
});

it("the last output of one call leaves another's as it is", () => {
  const other = { ...call, toolCallId: "d" };
  const parts = partsOf(other, { ...gives(1, true), toolCallId: "d" } as UIMessageChunk, call, gives(2, true), gives(3));
  expect(parts).toMatchObject([{ preliminary: true, output: 1 }, { output: 3 }]);
});

it("a call of an earlier step is another one, though its provider gives both one id", () => {
  const step: UIMessageChunk = { type: "start-step" };
  const parts = partsOf(step, call, gives(1), step, { type: "tool-input-start", toolCallId: "c", toolName: "pay" }, call, gives(2));
  expect(parts).toMatchObject([{ type: "step-start" }, { output: 1 }, { type: "step-start" }, { output: 2 }]);
});

it("what came of an approved call, before the next step, is of the newest call of its id", () => {
  const parts = partsOf({ type: "start-step" }, call, gives(1), { type: "start-step" }, call);
  for (const chunk of [{ type: "start" } as const, gives(2)]) applyChunk(parts, chunk);
  expect(parts).toMatchObject([{}, { output: 1 }, {}, { output: 2 }]);
});
