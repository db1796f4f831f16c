import type { ItemStorage } from "@agent-transports/client-core";

/** What outlives a page. */
export class TestStorage implements ItemStorage {
  readonly items: Map<string, string> = new Map();
  #waiting: (() => void)[] = [];

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    this.items.delete(key);
    if (this.items.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  whenEmpty(): Promise<void> {
    return this.items.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
