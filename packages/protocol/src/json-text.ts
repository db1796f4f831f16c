import { TransportError } from "./errors.ts";

/** A value's JSON, made once: what its owner does with the value afterwards changes nothing, and no try has to make it again. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Within other JSON it is what it was made of. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The value as `JSON.stringify` makes it. @throws TransportError `invalid_input` where it makes nothing, or throws */
export function jsonText(value: unknown): JsonText {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw invalidInput(cause instanceof Error ? cause.message : "making its JSON throws", cause);
  }
  if (text === undefined) throw invalidInput(`it is ${value === undefined ? "undefined" : `a ${typeof value}`}`);
  return new JsonText(text);
}

/** The JSON of an object, and one member more, which comes last: the last of a name counts. */
export function withMember(object: string, name: string, json: JsonText): string {
  return `${object === "{}" ? "{" : `${object.slice(0, -1)},`}${JSON.stringify(name)}:${json.text}}`;
}

export function invalidInput(why: string, cause?: unknown): TransportError {
  // V8 explains a circle in several lines.
  const [reason] = why.split("\n");
  const message = `This input cannot be sent: ${reason}. Give what JSON can hold, or bytes as a whole.`;
  return new TransportError({ code: "invalid_input", message }, { cause });
}
