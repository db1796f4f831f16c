import { isBytes, JsonText, toBytes } from "@agent-transports/protocol";
import { TransportError } from "../errors/transport-error.ts";
import { keyOf } from "./random-key.ts";

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
