import type { UIMessage } from "ai";
import { reportFault } from "../observability/observe.ts";

/** SQLite's rows hold 2 MB, a character up to three bytes: longer messages lie in several rows. */
const PIECE_CHARS = 500_000;

type ConversationStorage = Pick<DurableObjectStorage, "sql" | "transactionSync">;

/** The conversation in memory, and where each message of it lies in the store. Some place there may have none that is whole. */
interface Loaded {
  readonly messages: readonly UIMessage[];
  readonly positions: readonly number[];
  /** The first free one. */
  readonly end: number;
}

/** The agent's one conversation, in its SQLite. Loaded once; every change is written through. */
export class Conversation {
  readonly #storage: ConversationStorage;
  #loaded: Loaded | undefined;

  constructor(storage: ConversationStorage) {
    this.#storage = storage;
    storage.sql.exec(`CREATE TABLE IF NOT EXISTS transport_messages (
      position INTEGER NOT NULL, piece INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (position, piece)) WITHOUT ROWID`);
  }

  get messages(): readonly UIMessage[] {
    return this.#load().messages;
  }

  /** Takes up what a run begins with: see {@link append}. */
  append(message: UIMessage): void {
    const messages = append(this.messages, message);
    this.#store(messages, messages.length - 1);
  }

  /** Takes up an answer: in the place of the message that it goes on with, wherever that is by now, or else at the end. */
  put(message: UIMessage): void {
    const messages = [...this.messages];
    const found = messages.findLastIndex((one) => one.id === message.id);
    const index = found === -1 ? messages.length : found;
    messages[index] = message;
    this.#store(messages, index);
  }

  /**
   * As a whole, or not at all: what throws here may be caught, and the turn commits what was written before.
   *
   * @param index of the one that is new
   */
  #store(messages: readonly UIMessage[], index: number): void {
    const { positions, end } = this.#load();
    const position = positions[index] ?? end;
    const { sql } = this.#storage;
    const parts = pieces(JSON.stringify(messages[index]));
    this.#storage.transactionSync(() => {
      sql.exec("DELETE FROM transport_messages WHERE position = ?", position);
      for (const [piece, part] of parts.entries())
        sql.exec("INSERT INTO transport_messages (position, piece, text) VALUES (?, ?, ?)", position, piece, part);
    });
    const places = [...positions];
    places[index] = position;
    this.#loaded = { messages, positions: places, end: Math.max(end, position + 1) };
  }

  #load(): Loaded {
    return (this.#loaded ??= this.#read());
  }

  #read(): Loaded {
    const texts: (string | undefined)[] = [];
    for (const row of this.#storage.sql.exec<{ position: number; text: string }>(
      "SELECT position, text FROM transport_messages ORDER BY position, piece",
    )) {
      texts[row.position] = (texts[row.position] ?? "") + row.text;
    }
    const messages: UIMessage[] = [];
    const positions: number[] = [];
    const broken: number[] = [];
    // Each place, also one that has no row.
    for (const [position, text] of Array.from(texts).entries()) {
      const message = messageOf(text);
      if (message === undefined) broken.push(position);
      else {
        messages.push(message);
        positions.push(position);
      }
    }
    if (broken.length > 0) reportFault(new MessageNotWholeError(broken));
    return { messages, positions, end: texts.length };
  }
}

/** An agent of an earlier version kept half a message, or none of it, where its storage failed. */
class MessageNotWholeError extends Error {
  override readonly name = "MessageNotWholeError";

  constructor(positions: readonly number[]) {
    super(`The conversation goes on without what is not whole in transport_messages: position ${positions.join(", ")}.`);
  }
}

/** @returns `undefined` for what is not a whole one: half a JSON text is none */
function messageOf(text: string | undefined): UIMessage | undefined {
  if (text === undefined) return undefined;
  try {
    const message: UIMessage = JSON.parse(text);
    return message;
  } catch {
    return undefined;
  }
}

/**
 * A conversation with one more message, as the model and the store have it, PROTOCOL.md §2. In the place of the last one where that has its id: the same message
 * again, after a run that said nothing, or the one that waited for tool outputs.
 */
export function append(messages: readonly UIMessage[], message: UIMessage): UIMessage[] {
  return [...(messages.at(-1)?.id === message.id ? messages.slice(0, -1) : messages), message];
}

/** Cuts between characters, never within one: half a surrogate pair does not survive SQLite's UTF-8. */
function pieces(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + PIECE_CHARS, text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last < 0xdc00) to--;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}
