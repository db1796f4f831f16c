import { isToolUIPart, type UIMessage, type UIMessageChunk } from "ai";

/** A message with what came of its tool calls, as chunks tell it. */
export function withOutcomes(message: UIMessage, chunks: readonly UIMessageChunk[]): UIMessage {
  if (message.role !== "assistant" || chunks.length === 0) return message;
  return { ...message, parts: message.parts.map((part) => withOutcome(part, chunks)) };
}

function withOutcome<Part extends UIMessage["parts"][number]>(part: Part, chunks: readonly UIMessageChunk[]): Part {
  if (!isToolUIPart(part)) return part;
  const outcome = chunks.findLast((chunk) => "toolCallId" in chunk && chunk.toolCallId === part.toolCallId);
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
