import type { UIMessage } from "ai";
import { inTime, type GuardedStorage } from "../storage/guarded-storage.ts";
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
  /** By chat, the last write, until it has landed. The storage need not keep the order by itself: of two writes, the older one may land last. */
  readonly #writes = new Map<string, Promise<boolean>>();
  /** By chat, the read that began behind that. */
  readonly #reads = new Map<string, Promise<ChatEntry | undefined>>();
  /** A write has not landed in time, and the application knows. */
  #isLate = false;

  constructor(storage: GuardedStorage) {
    this.#storage = storage;
  }

  /** Behind the last write in this chat, and no longer than each of the two may take. */
  load(chatId: string): Promise<ChatEntry | undefined> {
    return this.#reads.get(chatId) ?? keep(this.#reads, chatId, this.#read(chatId, this.#writes.get(chatId)));
  }

  numberOf(chatId: string): number {
    return this.#numbers.get(chatId) ?? 0;
  }

  /** @param number of the entry's start: where a later one has the entry, that stays */
  async save(chatId: string, entry: ChatEntry, number: number): Promise<void> {
    if (number < this.numberOf(chatId)) return;
    this.#numbers.set(chatId, number);
    const value = entry.continues ? { ...entry, continues: messageToJson(entry.continues) } : entry;
    await this.#write(chatId, async () => {
      if (number === this.numberOf(chatId)) await this.#storage.write(chatId, value, whenLanded);
    });
  }

  /** Another run may have been begun in the chat since: its entry stays, also where it is written while a slow storage is read. */
  async remove(chatId: string, run: string): Promise<void> {
    const number = this.numberOf(chatId);
    await this.#write(chatId, async () => {
      if (number !== this.numberOf(chatId) || (await this.#read(chatId))?.run !== run) return;
      if (number === this.numberOf(chatId)) await this.#storage.write(chatId, null, whenLanded);
    });
  }

  async #read(chatId: string, before?: Promise<boolean>): Promise<ChatEntry | undefined> {
    // Where that is late, what is there is of before.
    if (before && !(await this.#inTime(before))) return undefined;
    return toEntry(await this.#storage.read(chatId));
  }

  /**
   * Behind the last write in this chat, however late that lands; at once where it has, because a page may be about to go. The caller waits no longer than one answer
   * may take, however many wait: what is late is written all the same.
   *
   * @param act does not reject: neither a read nor a write of a GuardedStorage does
   */
  async #write(chatId: string, act: () => Promise<void>): Promise<void> {
    // It may be of what was there before.
    this.#reads.delete(chatId);
    const before = this.#writes.get(chatId);
    const landed = (before ? before.then(act) : act()).then(() => !(this.#isLate = false));
    await this.#inTime(keep(this.#writes, chatId, landed));
  }

  /** What a caller waits for. @returns whether it has landed */
  #inTime(write: Promise<boolean>): Promise<boolean> {
    return inTime(write).catch((late: unknown) => {
      // Once, however many wait.
      if (!this.#isLate) this.#storage.fail(late);
      return !(this.#isLate = true);
    });
  }
}

/** Until it is over, or another one has its place. */
function keep<Result>(under: Map<string, Promise<Result>>, chatId: string, begun: Promise<Result>): Promise<Result> {
  under.set(chatId, begun);
  void begun.finally(() => {
    if (under.get(chatId) === begun) under.delete(chatId);
  });
  return begun;
}

/** However late it lands. */
const whenLanded = (answer: unknown): unknown => answer;

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
