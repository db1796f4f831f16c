import { isBytes, JsonText, toBytes } from "@agent-transports/protocol";
import { TransportError } from "../errors/transport-error.ts";

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
  return isBytes(bytes) ? bytes : jsonText(data);
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
  return new JsonText(text);
}

export function invalidInput(why: string, cause?: unknown): TransportError {
  // V8 explains a circle in several lines.
  const [reason] = why.split("\n");
  const message = `This input cannot be sent: ${reason}. Give a value that JSON can hold, or bytes as the whole input.`;
  return new TransportError({ code: "invalid_input", message }, { cause });
}
