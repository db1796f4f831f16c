import { bytesFromJson, bytesToJson, fromBase64, isBytes, toBytes, type BytesInJson } from "@agent-transports/protocol";
import type { UIMessage, UIMessageChunk } from "ai";
import { invalidRequest } from "./errors.ts";

/** With this, and what {@link chunkText} puts before and behind it, an event of the log is bytes. */
const DATA = ',"data":{"$bytes":"';

/** A part that an agent wrote says that it is bytes, and is not. */
export class InvalidBytesError extends Error {
  override readonly name = "InvalidBytesError";
}

/** A chunk with what stands for bytes in JSON, PROTOCOL.md §1, where its data is a `Uint8Array`, another view, or a buffer. @throws InvalidBytesError */
export function chunkToJson(chunk: UIMessageChunk): UIMessageChunk {
  if (!isData(chunk)) return chunk;
  const data = isBytes(chunk.data) ? chunk.data : toBytes(chunk.data);
  if (isBytes(data)) return { ...chunk, data: bytesToJson(data) };
  try {
    bytesFromJson(data);
  } catch {
    throw new InvalidBytesError(`A part of type ${chunk.type} has $bytes that are not base64. Did you mean a Uint8Array as its data?`);
  }
  return chunk;
}

/** A chunk as the log has it. Of bytes, `type` is first and `data` last: {@link splitBytes} finds them without parsing. @throws InvalidBytesError */
export function chunkText(given: UIMessageChunk): string {
  const chunk = chunkToJson(given);
  if (!isData(chunk) || !isBytesInJson(chunk.data)) return JSON.stringify(chunk);
  const { type, data, ...rest } = chunk;
  // JSON.stringify would look for what to escape in a megabyte that has nothing of the kind.
  return `${JSON.stringify({ type, ...rest }).slice(0, -1)}${DATA}${data.$bytes}"}}`;
}

/** The parts of an event that is bytes: its JSON without `data`, and what `data` is; `undefined` for any other. */
export function splitBytes(text: string): { readonly event: string; readonly payload: Uint8Array } | undefined {
  if (!text.startsWith('{"type":"data-') || !text.endsWith('"}}')) return undefined;
  const at = text.indexOf(DATA);
  // Base64 has no quote: what has one is deeper inside, or beside another member.
  if (at === -1 || text.indexOf('"', at + DATA.length) !== text.length - 3) return undefined;
  return { event: `${text.slice(0, at)}}`, payload: fromBase64(text.slice(at + DATA.length, -3)) };
}

/** An input's data, with bytes as such. @param path where it stands in its request @throws RequestError `invalid_request` */
export function inputData(data: unknown, path = "data"): unknown {
  try {
    return bytesFromJson(data);
  } catch {
    throw invalidRequest('$bytes is not padded base64 (RFC 4648 §4). Did you mean {"$bytes":"AAE="}?', path);
  }
}

/** A message whose parts have bytes as such. @param path where it stands in its request @throws RequestError `invalid_request` */
export function withBytes(message: UIMessage, path: string): UIMessage {
  if (!message.parts.some((part) => "data" in part)) return message;
  const parts = message.parts.map((part, at) =>
    "data" in part ? { ...part, data: inputData(part.data, `${path}.parts.${at}.data`) } : part,
  );
  return { ...message, parts };
}

/** @param bytes how many the chunks have together */
export function concat(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

type DataChunk = Extract<UIMessageChunk, { type: `data-${string}` }>;

function isData(chunk: UIMessageChunk): chunk is DataChunk {
  return chunk.type.startsWith("data-");
}

function isBytesInJson(data: unknown): data is BytesInJson {
  return typeof data === "object" && data !== null && "$bytes" in data && typeof data.$bytes === "string" && Object.keys(data).length === 1;
}
