import { applyChunkToParts, type MessageParts } from "agents/chat";
import { isToolUIPart, type UIMessageChunk } from "ai";

/** A chunk, into the parts of its message. What a tool gave first is no more preliminary once its last output came: `agents/chat` leaves that as it was. */
export function applyChunk(parts: MessageParts, chunk: UIMessageChunk): void {
  applyChunkToParts(parts, chunk);
  if (chunk.type !== "tool-output-available" || chunk.preliminary === true) return;
  for (const part of parts)
    if (isToolUIPart(part) && part.toolCallId === chunk.toolCallId && "preliminary" in part) delete part.preliminary;
}
