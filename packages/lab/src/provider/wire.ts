import type { SendPart } from "./reply.ts";

/** One of OpenAI's streaming wire formats. Each function gives SSE events; that of a token is the last of {@link token}'s. */
export interface Wire {
  /** As soon as the request was read. */
  accepted(): string[];
  /** When the times begin to count. */
  begun(): string[];
  token(text: string): string[];
  end(): string[];
}

/** Of one answer. */
export interface WireOptions {
  /** No other response has it. */
  readonly key: string;
  readonly model: string;
  readonly parts: readonly SendPart[];
  readonly background: boolean;
}

export function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** Which part of a reply is being sent: a part ends when a token of the next one is due, or at the end. */
export class PartCursor {
  readonly #parts: readonly SendPart[];
  #index = 0;
  #left: number;

  constructor(parts: readonly SendPart[]) {
    this.#parts = parts;
    this.#left = parts[0]?.tokens ?? 0;
  }

  /** Whether the next token belongs to another part. */
  get isUsedUp(): boolean {
    return this.#left === 0;
  }

  /** The part of the next token. */
  take(): SendPart {
    this.#left -= 1;
    const part = this.current;
    if (part === undefined) throw new RangeError("A reply has more tokens than its parts have.");
    return part;
  }

  /** @returns whether there is another part */
  next(): boolean {
    this.#index += 1;
    this.#left = this.current?.tokens ?? 0;
    return this.current !== undefined;
  }

  get current(): SendPart | undefined {
    return this.#parts[this.#index];
  }
}

/** OpenAI's error body. */
export function errorBody(message: string, type: string): string {
  return JSON.stringify({ error: { message, type, param: null, code: null } });
}
