import { isToolUIPart, type UIMessage, type UIMessageChunk } from "ai";

/** Messages with what came of their tool calls, as chunks tell it. Each is the newest of its id: some providers number their calls anew in each step. */
export function withOutcomes(messages: readonly UIMessage[], chunks: readonly UIMessageChunk[]): UIMessage[] {
  const outcomes = new Map(chunks.flatMap((chunk) => ("toolCallId" in chunk ? [[chunk.toolCallId, chunk] as const] : [])));
  if (outcomes.size === 0) return [...messages];
  return messages
    .toReversed()
    .map((message) =>
      message.role === "assistant"
        ? {
            ...message,
            parts: message.parts
              .toReversed()
              .map((part) => withOutcome(part, outcomes))
              .toReversed(),
          }
        : message,
    )
    .toReversed();
}

function withOutcome<Part extends UIMessage["parts"][number]>(part: Part, outcomes: Map<string, UIMessageChunk>): Part {
  if (!isToolUIPart(part)) return part;
  const outcome = outcomes.get(part.toolCallId);
  outcomes.delete(part.toolCallId);
  const { errorText: _, ...rest } = part;
  switch (outcome?.type) {
    case "tool-output-available":
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The members of a part in this state, and of no other.
      return { ...rest, state: "output-available", input: part.input, output: outcome.output } as unknown as Part;
    case "tool-output-error":
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The same.
      return { ...rest, state: "output-error", input: part.input, errorText: outcome.errorText } as unknown as Part;
    case "tool-output-denied":
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The same.
      return { ...rest, state: "output-denied" } as unknown as Part;
    default:
      return part;
  }
}
