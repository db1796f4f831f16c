import { isKey, isRunId } from "@agent-transports/protocol";
import { parseCursor } from "../delivery/cursor.ts";
import type { GuardedStorage } from "./guarded-storage.ts";

/** What brings a run back after a reload: before the server has answered its start the start itself, then where the application is in it. */
export type Saved = { readonly key: string; readonly input: object } | { readonly run: string; readonly after?: string | undefined };

/** Keeps the entry of one run up to date. A slow storage gets the newest state, and not each. */
export class SavedRun {
  readonly #storage: GuardedStorage;
  readonly #name: string;
  readonly #names: Map<string, SavedRun>;
  /** What is to be written next; `null` removes it, and is the last. */
  #next: Saved | null | undefined;
  #writing: Promise<void> | undefined;
  #over = false;

  /** @param names by name, the run that took it last. That one may still be read, and writes no more */
  constructor(storage: GuardedStorage, name: string, names: Map<string, SavedRun>) {
    this.#storage = storage;
    this.#name = name;
    this.#names = names;
    // A storage need not keep the order: what that one writes now may come behind what is written beside it.
    this.#writing = names
      .get(name)
      ?.end()
      ?.then(() => this.#write());
    names.set(name, this);
  }

  put(state: Saved | null): void {
    if (this.#over) return;
    this.#over = state === null;
    this.#next = state;
    this.#writing ??= this.#write();
  }

  /** @returns what is still being written */
  end(): Promise<void> | undefined {
    this.#over = true;
    this.#next = undefined;
    return this.#writing;
  }

  async #write(): Promise<void> {
    for (let state = this.#next; state !== undefined; state = this.#next) {
      this.#next = undefined;
      await this.#storage.write(this.#name, state);
    }
    this.#writing = undefined;
    if (this.#over && this.#names.get(this.#name) === this) this.#names.delete(this.#name);
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
