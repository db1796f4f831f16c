import type { UIMessage } from "ai";

/** SQLite's rows hold 2 MB, a character up to three bytes: longer messages lie in several rows. */
const PIECE_CHARS = 500_000;

/** The agent's one conversation, in its SQLite. Loaded once; every change is written through. */
export class Conversation {
  readonly #sql: SqlStorage;
  #messages: readonly UIMessage[] | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS transport_messages (
      position INTEGER NOT NULL, piece INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (position, piece)) WITHOUT ROWID`);
  }

  get messages(): readonly UIMessage[] {
    this.#messages ??= this.#load();
    return this.#messages;
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
    const position = found === -1 ? messages.length : found;
    messages[position] = message;
    this.#store(messages, position);
  }

  /** @param position of the one that is new */
  #store(messages: readonly UIMessage[], position: number): void {
    this.#messages = messages;
    const text = JSON.stringify(messages[position]);
    this.#sql.exec("DELETE FROM transport_messages WHERE position = ?", position);
    for (const [piece, part] of pieces(text).entries()) {
      this.#sql.exec("INSERT INTO transport_messages (position, piece, text) VALUES (?, ?, ?)", position, piece, part);
    }
  }

  #load(): UIMessage[] {
    const texts: string[] = [];
    for (const row of this.#sql.exec<{ position: number; text: string }>(
      "SELECT position, text FROM transport_messages ORDER BY position, piece",
    )) {
      texts[row.position] = (texts[row.position] ?? "") + row.text;
    }
    return texts.map((text) => {
      const message: UIMessage = JSON.parse(text);
      return message;
    });
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
