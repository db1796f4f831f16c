import type { RunEvent } from "@agent-transports/client-core";

/**
 * A run's events, in the batches that they came in. It reads at once, as a page does, whether or not a step waits for them. So what is timed is when
 * they came, and not when a step asked.
 */
export class Inbox {
  readonly #batches: (readonly RunEvent[])[] = [];
  #left = false;
  #over: { readonly failed: boolean; readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param onArrival is called as each batch comes */
  constructor(batches: AsyncIterable<readonly RunEvent[]>, onArrival: () => void) {
    void this.#fill(batches, onArrival);
  }

  /** @returns the next batch; `undefined` behind the last. @throws what ended the events, behind the last */
  async next(): Promise<readonly RunEvent[] | undefined> {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch !== undefined) return batch;
      if (this.#over !== undefined) {
        if (this.#over.failed) throw this.#over.error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Takes nothing more: what comes to a user that has gone away is nobody's. @returns what has come, and was not read */
  leave(): readonly RunEvent[] {
    this.#left = true;
    return this.#batches.splice(0).flat();
  }

  async #fill(batches: AsyncIterable<readonly RunEvent[]>, onArrival: () => void): Promise<void> {
    try {
      for await (const batch of batches) {
        if (this.#left) return;
        onArrival();
        this.#batches.push(batch);
        this.#wake?.();
      }
      this.#over = { failed: false, error: undefined };
    } catch (error) {
      // It is thrown where it is read.
      this.#over = { failed: true, error };
    }
    this.#wake?.();
  }
}
