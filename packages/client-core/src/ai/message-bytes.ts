import { bytesFromJson, bytesToJson } from "@agent-transports/protocol";
import type { UIMessage } from "ai";

/** A message as JSON can have it: bytes in its `data-*` parts as what stands for them, PROTOCOL.md §1. */
export function messageToJson<Message extends UIMessage>(message: Message): Message {
  return mapData(message, bytesToJson);
}

/** The opposite. @throws where `$bytes` is not base64 */
export function messageFromJson<Message extends UIMessage>(message: Message): Message {
  return mapData(message, bytesFromJson);
}

function mapData<Message extends UIMessage>(message: Message, map: (data: unknown) => unknown): Message {
  return { ...message, parts: message.parts.map((part) => ("data" in part ? { ...part, data: map(part.data) } : part)) };
}
