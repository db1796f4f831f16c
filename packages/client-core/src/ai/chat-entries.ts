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

  constructor(storage: GuardedStorage) {
    this.#storage = storage;
  }

  async load(chatId: string): Promise<ChatEntry | undefined> {
    return toEntry(await this.#storage.read(chatId));
  }

  async save(chatId: string, entry: ChatEntry): Promise<void> {
    await this.#storage.write(chatId, entry.continues === undefined ? entry : { ...entry, continues: messageToJson(entry.continues) });
  }

  /** Another run may have been begun in the chat since: its entry stays. */
  async remove(chatId: string, run: string): Promise<void> {
    if ((await this.load(chatId))?.run === run) await this.#storage.write(chatId, null);
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
