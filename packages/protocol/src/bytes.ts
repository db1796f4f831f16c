import { isChunk, type ChunkLike } from "./chunks.ts";

/** Bytes in JSON and in binary frames, PROTOCOL.md §1 and §4.6. */

/** What stands for bytes in JSON: base64 of RFC 4648 §4, padded. */
export interface BytesInJson {
  readonly $bytes: string;
}

const LENGTH_BYTES = 4;

/** Whether a value is bytes. {@link toBytes} makes them, and of memory that is not shared. */
export function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array;
}

/** A buffer, or any view of one, as bytes of its own: what an application does with its buffer afterwards does not matter. Anything else as it is. */
export function toBytes(data: unknown): unknown {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return data instanceof ArrayBuffer ? new Uint8Array(data.slice(0)) : data;
}

/** What a value is in JSON: bytes as {@link BytesInJson}, anything else as it is. */
export function bytesToJson(data: unknown): unknown {
  return isBytes(data) ? ({ $bytes: toBase64(data) } satisfies BytesInJson) : data;
}

/** The opposite of {@link bytesToJson}. @throws where `$bytes` stands alone in an object and is not base64 */
export function bytesFromJson(data: unknown): unknown {
  return typeof data === "object" && data !== null && "$bytes" in data && Object.keys(data).length === 1 ? fromBase64(data.$bytes) : data;
}

/** A chunk that came as JSON, with bytes in its `data` where it had what stands for them; the same object. @throws as {@link bytesFromJson} */
export function reviveBytes(chunk: unknown): unknown {
  if (isChunk<ChunkLike & { data?: unknown }>(chunk) && "data" in chunk && chunk.type.startsWith("data-"))
    chunk.data = bytesFromJson(chunk.data);
  return chunk;
}

/** @param header JSON */
export function encodeBinaryFrame(header: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(header);
  const frame = new Uint8Array(LENGTH_BYTES + head.length + payload.length);
  new DataView(frame.buffer).setUint32(0, head.length);
  frame.set(head, LENGTH_BYTES);
  frame.set(payload, LENGTH_BYTES + head.length);
  return frame;
}

/**
 * @returns the header's text, and the payload in memory of its own
 * @throws RangeError where the frame is shorter than it says; TypeError where the header is not UTF-8
 */
export function decodeBinaryFrame(frame: ArrayBuffer): { readonly header: string; readonly payload: Uint8Array<ArrayBuffer> } {
  const end = LENGTH_BYTES + new DataView(frame).getUint32(0);
  return {
    header: new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(frame, LENGTH_BYTES, end - LENGTH_BYTES)),
    payload: new Uint8Array(frame.slice(end)),
  };
}

/** RFC 4648 §4. The runtime's own where it has it: Node 24 does not. */
export function toBase64(bytes: Uint8Array): string {
  if (typeof bytes.toBase64 === "function") return bytes.toBase64();
  let binary = "";
  // A call takes so many arguments and no more.
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary);
}

/** @throws SyntaxError, or what the runtime throws, where it is not base64 */
export function fromBase64(text: unknown): Uint8Array<ArrayBuffer> {
  const bytes = decode(String(text));
  // Decoders skip white space and take what is not padded: the length and the padding tell.
  const padding = (bytes.length * 2) % 3;
  if (typeof text === "string" && text.length * 3 === (bytes.length + padding) * 4 && text.endsWith("==".slice(2 - padding))) return bytes;
  throw new SyntaxError("The text is not base64.");
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  if (typeof Uint8Array.fromBase64 === "function") return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
