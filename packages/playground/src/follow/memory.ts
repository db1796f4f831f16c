import type { ItemStorage } from "@agent-transports/sse-client";
import { tabStorage } from "../settings/tab-storage.ts";

/** Where a client remembers its run for a reload: this tab's storage, as without it, and it can be told to forget. */
export class Memory implements ItemStorage {
  readonly #keys = new Set<string>();

  getItem(key: string): string | null {
    return tabStorage().getItem(key);
  }

  setItem(key: string, value: string): void {
    this.#keys.add(key);
    tabStorage().setItem(key, value);
  }

  removeItem(key: string): void {
    tabStorage().removeItem(key);
  }

  /** A question that nobody waits for any longer is not asked again by a reload. */
  forget(): void {
    for (const key of this.#keys) tabStorage().removeItem(key);
    this.#keys.clear();
  }
}
