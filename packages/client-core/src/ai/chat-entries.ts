import type { UIMessage } from "ai";
import { ANSWER_LIMIT_MS, inTime, type GuardedStorage } from "../storage/guarded-storage.ts";
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
  /** By chat, the last write. The storage need not keep the order by itself: of two writes, the older one may land last. */
  readonly #writes = new Map<string, Promise<void>>();
  /** By chat, the read that began behind that. */
  readonly #reads = new Map<string, Promise<ChatEntry | undefined>>();

  constructor(storage: GuardedStorage) {
    this.#storage = storage;
  }

  load(chatId: string): Promise<ChatEntry | undefined> {
    return this.#reads.get(chatId) ?? this.#begin(this.#reads, chatId, () => this.#read(chatId));
  }

  numberOf(chatId: string): number {
    return this.#numbers.get(chatId) ?? 0;
  }

  /** @param number of the entry's start: where a later one has the entry, that stays */
  async save(chatId: string, entry: ChatEntry, number: number): Promise<void> {
    if (number < this.numberOf(chatId)) return;
    this.#numbers.set(chatId, number);
    const value = entry.continues === undefined ? entry : { ...entry, continues: messageToJson(entry.continues) };
    await this.#write(chatId, async () => {
      if (number === this.numberOf(chatId)) await this.#storage.write(chatId, value);
    });
  }

  /** Another run may have been begun in the chat since: its entry stays, also where it is written while a slow storage is read. */
  async remove(chatId: string, run: string): Promise<void> {
    const number = this.numberOf(chatId);
    await this.#write(chatId, async () => {
      if (number !== this.numberOf(chatId) || (await this.#read(chatId))?.run !== run) return;
      if (number === this.numberOf(chatId)) await this.#storage.write(chatId, null);
    });
  }

  async #read(chatId: string): Promise<ChatEntry | undefined> {
    return toEntry(await this.#storage.read(chatId));
  }

  #write(chatId: string, act: () => Promise<void>): Promise<void> {
    // It may be of what was there before.
    this.#reads.delete(chatId);
    return this.#begin(this.#writes, chatId, act);
  }

  /**
   * Behind the last write in this chat; at once where that is over, because a page may be about to go. A storage that hangs is waited for no longer than one answer
   * may take, however many wait.
   */
  #begin<Result>(under: Map<string, Promise<Result | undefined>>, chatId: string, act: () => Promise<Result>): Promise<Result | undefined> {
    const before = this.#writes.get(chatId);
    // That it hangs was reported: neither a read nor a write of a GuardedStorage rejects.
    const begun = before === undefined ? act() : inTime(before.then(act), ANSWER_LIMIT_MS).catch(() => undefined);
    under.set(chatId, begun);
    const end = (): void => {
      if (under.get(chatId) === begun) under.delete(chatId);
    };
    void begun.then(end);
    return begun;
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
