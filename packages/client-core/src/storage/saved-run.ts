import { isKey, isRunId } from "@agent-transports/protocol";
import { parseCursor } from "../delivery/cursor.ts";
import type { GuardedStorage } from "./guarded-storage.ts";

/** What brings a run back after a reload: before the server has answered its start the start itself, then where the application is in it. */
export type Saved = { readonly key: string; readonly input: object } | { readonly run: string; readonly after?: string | undefined };

/** Keeps the entry of one run up to date. A slow storage gets the newest state, and not each. */
export class SavedRun {
  readonly #storage: GuardedStorage;
  readonly #name: string;
  /** What is to be written next; `null` removes it, and is the last. */
  #next: Saved | null | undefined;
  #writing = false;
  #over = false;

  constructor(storage: GuardedStorage, name: string) {
    this.#storage = storage;
    this.#name = name;
  }

  put(state: Saved | null): void {
    if (this.#over) return;
    this.#over = state === null;
    this.#next = state;
    if (!this.#writing) void this.#write();
  }

  /** Another run has taken the name. This one may still be read, and writes no more. */
  end(): void {
    this.#over = true;
    this.#next = undefined;
  }

  async #write(): Promise<void> {
    this.#writing = true;
    for (let state = this.#next; state !== undefined; state = this.#next) {
      this.#next = undefined;
      await this.#storage.write(this.#name, state);
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
