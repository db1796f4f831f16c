import { isBytes, JsonText, SENT_MAX_BYTES, toBytes, UPLINK_BYTES_A_SECOND } from "@agent-transports/protocol";
import { TransportError } from "../errors/transport-error.ts";
import { uploadMs } from "../link/upload.ts";
import { keyOf } from "./random-key.ts";

/** By the time that it has to go up, which is counted in any case. */
const SENT_MAX_MS = (SENT_MAX_BYTES / UPLINK_BYTES_A_SECOND) * 1000;

/** What begins a run. */
export interface Start {
  readonly key: string;
  /** A `RunInput`, as it was when the application gave it. */
  readonly input: JsonText;
}

/** @throws TransportError `invalid_option` for the key, `invalid_input` */
export function startOf(input: unknown, options: { readonly key?: string }): Start {
  const start = { key: keyOf(options), input: jsonText(input) };
  if (!start.input.text.startsWith("{")) throw invalidInput("a run is started with an object, such as { prompt }");
  return start;
}

/** An input, as it was when the application gave it. */
export type Sendable = JsonText | Uint8Array<ArrayBuffer>;

/** @throws TransportError `invalid_input` */
export function sendable(data: unknown): Sendable {
  let bytes: unknown;
  try {
    bytes = toBytes(data);
  } catch (cause) {
    throw invalidInput("its buffer was transferred", cause); // Of a buffer that was transferred.
  }
  return isBytes(bytes) ? notTooLarge(bytes, bytes) : jsonText(data);
}

/** The value as `JSON.stringify` makes it. @throws TransportError `invalid_input` where it makes nothing, or throws */
export function jsonText(value: unknown): JsonText {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw invalidInput(cause instanceof Error ? cause.message : "JSON.stringify threw", cause);
  }
  if (text === undefined) throw invalidInput(`it is ${value === undefined ? "undefined" : `a ${typeof value}`}`);
  return notTooLarge(new JsonText(text), text);
}

/** @throws TransportError `invalid_input` for what a frame of a WebSocket has no room for beside what stands around it, PROTOCOL.md §7.7 */
function notTooLarge<Given>(given: Given, body: string | Uint8Array): Given {
  if (uploadMs(body) > SENT_MAX_MS) throw invalidInput("it is too large");
  return given;
}

export function invalidInput(why: string, cause?: unknown): TransportError {
  // V8 explains a circle in several lines.
  const [reason] = why.split("\n");
  const message = `This input cannot be sent: ${reason}. Give what JSON can hold, or only bytes: less than 32 MiB.`;
  return new TransportError({ code: "invalid_input", message }, { cause });
}
