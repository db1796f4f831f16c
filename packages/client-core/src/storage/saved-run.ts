import { isKey, isRunId } from "@agent-transports/protocol";
import { parseCursor } from "../delivery/cursor.ts";
import type { GuardedStorage } from "./guarded-storage.ts";

/** What brings a run back after a reload: before the server has answered its start the start itself, then where the application is in it. */
export type Saved = { readonly key: string; readonly input: object } | { readonly run: string; readonly after?: string | undefined };

/** Keeps one name's entry up to date. A slow storage gets the newest state, and not each. */
export class SavedRun {
  readonly #storage: GuardedStorage;
  readonly #name: string;
  /** What is to be written next; `null` removes it. */
  #next: Saved | null | undefined;
  #writing = false;

  constructor(storage: GuardedStorage, name: string) {
    this.#storage = storage;
    this.#name = name;
  }

  put(state: Saved | null): void {
    this.#next = state;
    if (!this.#writing) void this.#write();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    for (let state = this.#next; state !== undefined; state = this.#next) {
      this.#next = undefined;
      await (state === null ? this.#storage.remove(this.#name) : this.#storage.write(this.#name, state));
    }
    this.#writing = false;
  }
}

export async function readSaved(storage: GuardedStorage, name: string): Promise<Saved | undefined> {
  const saved = await storage.read(name);
  return isSaved(saved) ? saved : undefined;
}

function isSaved(value: unknown): value is Saved {
  if (typeof value !== "object" || value === null) return false;
  if ("run" in value)
    return isRunId(value.run) && (!("after" in value) || (typeof value.after === "string" && parseCursor(value.after) !== null));
  return "key" in value && isKey(value.key) && "input" in value && typeof value.input === "object" && value.input !== null;
}
