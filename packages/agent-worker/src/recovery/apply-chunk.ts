import { applyChunkToParts, type MessageParts } from "agents/chat";
import { isToolUIPart, type UIMessageChunk } from "ai";

/**
 * A chunk, into the parts of its message, with what `agents/chat` leaves out. Its tool call is the newest of its id, and a call of an earlier step is another one:
 * some providers number their calls anew in each step. What a tool gave first is no more preliminary once its last output came.
 */
export function applyChunk(parts: MessageParts, chunk: UIMessageChunk): void {
  if (!("toolCallId" in chunk)) return void applyChunkToParts(parts, chunk);
  const at = parts.findLastIndex((part) => isToolUIPart(part) && part.toolCallId === chunk.toolCallId);
  const ofStep = at > parts.findLastIndex(({ type }) => type === "step-start");
  const called = parts[at];
  const one = called !== undefined && (ofStep || !chunk.type.startsWith("tool-input-")) ? [called] : [];
  applyChunkToParts(one, chunk);
  const [part] = one;
  if (part !== undefined && part !== called) parts.push(part);
  if (chunk.type === "tool-output-available" && chunk.preliminary !== true && part !== undefined && "preliminary" in part)
    delete part.preliminary;
}
