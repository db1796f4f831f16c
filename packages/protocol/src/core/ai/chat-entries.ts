import type { UIMessage } from "ai";
import { TransportError } from "../../errors.ts";
import { messageFromJson, messageToJson } from "./message-bytes.ts";

/** Where a chat's unfinished run is remembered. `sessionStorage`, `localStorage` and React Native's `AsyncStorage` are such. */
export interface ChatStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** The run that was begun in a chat and not read to its end. */
export interface ChatEntry {
  readonly run: string;
  /** The message that the run goes on with, as it was when the run began: the run's log has only what came after. */
  readonly continues?: UIMessage | undefined;
  /** The application stopped it, and the agent has not confirmed that yet. */
  readonly stopped?: boolean;
}

/** The entries of one agent's chats. What the storage throws goes to `report`: a chat works without it, but for the resume. */
export class ChatEntries {
  readonly #scope: string;
  readonly #report: (error: TransportError) => void;
  #storage: ChatStorage | undefined;

  constructor(storage: ChatStorage | undefined, scope: string, report: (error: TransportError) => void) {
    this.#storage = storage;
    this.#scope = scope;
    this.#report = report;
  }

  async load(chatId: string): Promise<ChatEntry | undefined> {
    const text = await this.#use((storage, key) => storage.getItem(key), chatId);
    return typeof text === "string" ? parseEntry(text) : undefined;
  }

  async save(chatId: string, entry: ChatEntry): Promise<void> {
    const text = JSON.stringify(entry.continues === undefined ? entry : { ...entry, continues: messageToJson(entry.continues) });
    await this.#use((storage, key) => storage.setItem(key, text), chatId);
  }

  /** Another run may have been begun in the chat since: its entry stays. */
  async remove(chatId: string, run: string): Promise<void> {
    if ((await this.load(chatId))?.run === run) await this.#use((storage, key) => storage.removeItem(key), chatId);
  }

  async #use(act: (storage: ChatStorage, key: string) => unknown, chatId: string): Promise<unknown> {
    try {
      // Looked up late: a module of an application may be loaded on a server, which has no sessionStorage.
      this.#storage ??= globalThis.sessionStorage ?? memoryStorage();
      return await act(this.#storage, `agent-transports:${this.#scope}:${chatId}`);
    } catch (cause) {
      const message = "storage: it failed, and what it should remember is not resumed after a reload.";
      this.#report(new TransportError({ code: "invalid_option", message }, { cause }));
      return undefined;
    }
  }
}

function memoryStorage(): ChatStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

/** @returns `undefined` for what another version, or somebody else, wrote there */
function parseEntry(text: string): ChatEntry | undefined {
  try {
    return toEntry(JSON.parse(text));
  } catch {
    return undefined; // Not written here: there is no run in it to come back to.
  }
}

function toEntry(entry: unknown): ChatEntry | undefined {
  if (typeof entry !== "object" || entry === null || !("run" in entry) || typeof entry.run !== "string") return undefined;
  const continues = "continues" in entry && isMessage(entry.continues) ? messageFromJson(entry.continues) : undefined;
  return { run: entry.run, continues, stopped: "stopped" in entry && entry.stopped === true };
}

function isMessage(value: unknown): value is UIMessage {
  return typeof value === "object" && value !== null && "id" in value && "parts" in value && Array.isArray(value.parts);
}
