import { expect, it } from "vitest";
import { PartialAnswer } from "./partial-answer.ts";

it("a step that another response has ended has nothing by which the provider of the first would look for it", () => {
  const thought = (id: string) =>
    [
      { type: "reasoning-start", id },
      { type: "reasoning-end", id, providerMetadata: { openai: { itemId: id } } },
    ] as const;
  const answer = PartialAnswer.of([
    { type: "start" },
    { type: "start-step" },
    ...thought("rs_1"),
    { type: "tool-input-available", toolCallId: "ws_1", toolName: "web_search", input: {}, providerExecuted: true },
    { type: "text-start", id: "0" },
    { type: "text-delta", id: "0", delta: "So" },
    { type: "data-resumed", data: { way: "continued", after: null, attempt: 1 }, transient: true },
    { type: "tool-output-error", toolCallId: "ws_1", errorText: "No.", providerExecuted: true },
    { type: "text-delta", id: "0", delta: " it is." },
    { type: "text-end", id: "0" },
    ...thought("rs_2"),
    { type: "finish-step" },
  ]);
  const parts = JSON.stringify(answer.steps[0]?.parts);
  expect(parts).toContain("So it is.");
  expect(parts).toContain("rs_2");
  expect(parts).not.toMatch(/rs_1|ws_1/);
});
