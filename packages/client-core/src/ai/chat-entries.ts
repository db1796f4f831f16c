import type { UIMessage } from "ai";
import type { GuardedStorage } from "../storage/guarded-storage.ts";
import { messageFromJson, messageToJson } from "./message-bytes.ts";

/** The run that was begun in a chat and not read to its end. */
export interface ChatEntry {
  readonly run: string;
  /** The message that the run goes on with, as it was when the run began: the run's log has only what came after. */
  readonly continues?: UIMessage | undefined;
  /** The application stopped it, and the agent has not confirmed that yet. */
  readonly stopped?: boolean;
}

/** The entries of one agent's chats. */
export class ChatEntries {
  readonly #storage: GuardedStorage;
  /** By chat, the number of the start whose answer has the entry. */
  readonly #numbers = new Map<string, number>();
  /** By chat, the end of what the storage was asked for last. It need not keep the order by itself: of two writes, the older one may land last. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(storage: GuardedStorage) {
    this.#storage = storage;
  }

  load(chatId: string): Promise<ChatEntry | undefined> {
    return this.#inTurn(chatId, () => this.#read(chatId));
  }

  numberOf(chatId: string): number {
    return this.#numbers.get(chatId) ?? 0;
  }

  /** @param number of the entry's start: where a later one has the entry, that stays */
  async save(chatId: string, entry: ChatEntry, number: number): Promise<void> {
    if (number < this.numberOf(chatId)) return;
    this.#numbers.set(chatId, number);
    await this.#inTurn(chatId, async () => {
      if (number < this.numberOf(chatId)) return;
      await this.#storage.write(chatId, entry.continues === undefined ? entry : { ...entry, continues: messageToJson(entry.continues) });
    });
  }

  /** Another run may have been begun in the chat since: its entry stays, also where it is written while a slow storage is read. */
  async remove(chatId: string, run: string): Promise<void> {
    const number = this.numberOf(chatId);
    await this.#inTurn(chatId, async () => {
      if (number !== this.numberOf(chatId) || (await this.#read(chatId))?.run !== run) return;
      if (number === this.numberOf(chatId)) await this.#storage.write(chatId, null);
    });
  }

  async #read(chatId: string): Promise<ChatEntry | undefined> {
    return toEntry(await this.#storage.read(chatId));
  }

  /** Behind what the storage was asked for in this chat before; at once where that is over, because a page may be about to go. */
  #inTurn<Result>(chatId: string, act: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(chatId);
    const turn = before === undefined ? act() : before.then(act);
    const end = (): void => {
      if (this.#turns.get(chatId) === over) this.#turns.delete(chatId);
    };
    const over = turn.then(end, end);
    this.#turns.set(chatId, over);
    return turn;
  }
}

/** @returns `undefined` for what another version, or somebody else, wrote there */
function toEntry(entry: unknown): ChatEntry | undefined {
  if (typeof entry !== "object" || entry === null || !("run" in entry) || typeof entry.run !== "string") return undefined;
  try {
    const continues = "continues" in entry && isMessage(entry.continues) ? messageFromJson(entry.continues) : undefined;
    return { run: entry.run, continues, stopped: "stopped" in entry && entry.stopped === true };
  } catch {
    return undefined; // Its bytes are none: there is no message to go on with.
  }
}

function isMessage(value: unknown): value is UIMessage {
  return typeof value === "object" && value !== null && "id" in value && "parts" in value && Array.isArray(value.parts);
}
