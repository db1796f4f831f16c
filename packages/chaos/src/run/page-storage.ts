import type { ItemStorage } from "@agent-transports/client-core";

/** A page's `sessionStorage`. */
export class PageStorage implements ItemStorage {
  readonly #items: Map<string, string>;

  constructor(items: Iterable<readonly [string, string]> = []) {
    this.#items = new Map(items);
  }

  getItem(name: string): string | null {
    return this.#items.get(name) ?? null;
  }

  setItem(name: string, value: string): void {
    this.#items.set(name, value);
  }

  removeItem(name: string): void {
    this.#items.delete(name);
  }

  /** As the page finds it that is loaded next: what the client of this one still does is not in it. */
  copy(): PageStorage {
    return new PageStorage(this.#items);
  }
}
