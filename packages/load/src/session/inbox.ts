import type { RunEvent } from "@agent-transports/client-core";

/**
 * A run's events, in the batches that they came in. It reads at once, as a page does, whether or not a step waits for them. So what is timed is when
 * they came, and not when a step asked.
 */
export class Inbox {
  readonly #batches: (readonly RunEvent[])[] = [];
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

  async #fill(batches: AsyncIterable<readonly RunEvent[]>, onArrival: () => void): Promise<void> {
    try {
      for await (const batch of batches) {
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
