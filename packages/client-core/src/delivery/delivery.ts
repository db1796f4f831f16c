import type { ChunkLike, RunChunk } from "@agent-transports/protocol";
import type { TransportError } from "../errors/transport-error.ts";
import type { RunEvent } from "../interface/client.ts";

/** So many delivered events may be kept until their memory is released. */
const RELEASE_AFTER = 256;

/**
 * Between the wire and the application: events wait here until the application asks for them.
 *
 * It holds no more than its writer puts in: a writer that respects {@link Delivery.whenEmpty}, or that is paced by
 * acknowledgements, keeps it bounded.
 */
export class Delivery<Chunk extends ChunkLike = RunChunk> {
  #queue: RunEvent<Chunk>[] = [];
  /** Index of the first that waits: shifting an array is O(n). */
  #head = 0;
  #outcome: { readonly error?: TransportError } | undefined;
  #handOver: () => void = () => undefined;
  #emptied: (() => void)[] = [];
  readonly #onReceived: (event: RunEvent<Chunk>) => void;
  readonly #onReturn: () => void;
  readonly #onNext: () => void;

  /**
   * @param onReceived called as the application receives an event; of a batch with the last one
   * @param onReturn called when the application left its loop
   * @param onNext called when the application asks for more: it is done with what it has received
   */
  constructor(onReceived: (event: RunEvent<Chunk>) => void, onReturn: () => void, onNext: () => void) {
    this.#onReceived = onReceived;
    this.#onReturn = onReturn;
    this.#onNext = onNext;
  }

  /** Call {@link handOver} behind the last event of a read. */
  push(event: RunEvent<Chunk>): void {
    this.#queue.push(event);
  }

  /** Gives what was pushed to a loop that waits. Not with each event: a batch is all that came with one read. */
  handOver(): void {
    this.#handOver();
  }

  /** No more events come: what waits is delivered, then iteration ends, or throws the error. */
  finish(error?: TransportError): void {
    this.#outcome ??= error === undefined ? {} : { error };
    this.#handOver();
  }

  /** The application wants no more: what waits is dropped, also where no more was to come. */
  discard(error?: TransportError): void {
    // Where all was delivered already, there is nothing to take back.
    if (this.#head < this.#queue.length && error !== undefined) this.#outcome = { error };
    this.#empty();
    this.finish(error);
  }

  /** Resolves once nothing waits; `undefined` where nothing does. */
  whenEmpty(): Promise<void> | undefined {
    if (this.#head === this.#queue.length) return undefined;
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  /** One event after another. */
  events(): AsyncIterator<RunEvent<Chunk>, undefined> {
    return this.#iterate(() => {
      const event = this.#queue[this.#head]!;
      this.#head += 1;
      if (this.#head === this.#queue.length) this.#empty();
      else if (this.#head === RELEASE_AFTER) {
        // A writer that keeps the queue from being empty must not keep what was delivered.
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      this.#onReceived(event);
      return event;
    });
  }

  /** Each time all that waits. */
  batches(): AsyncIterator<readonly RunEvent<Chunk>[], undefined> {
    return this.#iterate(() => {
      const batch = this.#queue;
      this.#empty();
      this.#onReceived(batch.at(-1)!);
      return batch;
    });
  }

  /** @param take is called where something waits. One loop alone reads a delivery */
  #iterate<Item>(take: () => Item): AsyncIterator<Item, undefined> {
    type Result = IteratorResult<Item, undefined>;
    const waiting: { resolve(result: Result): void; reject(error: TransportError): void }[] = [];
    const end: Result = { done: true, value: undefined };
    this.#handOver = () => {
      while (waiting.length > 0 && this.#head < this.#queue.length) waiting.shift()!.resolve({ done: false, value: take() });
      if (this.#outcome === undefined) return;
      const { error } = this.#outcome;
      for (const one of waiting.splice(0)) {
        if (error === undefined) one.resolve(end);
        else one.reject(error);
      }
    };
    return {
      next: () => {
        this.#onNext();
        // Whoever has waited longer is first, also before the read is handed over.
        if (waiting.length === 0 && this.#head < this.#queue.length) return Promise.resolve({ done: false, value: take() });
        return new Promise<Result>((resolve, reject) => {
          waiting.push({ resolve, reject });
          if (this.#outcome !== undefined) this.#handOver();
        });
      },
      return: () => {
        this.discard();
        this.#onReturn();
        return Promise.resolve(end);
      },
    };
  }

  #empty(): void {
    this.#queue = [];
    this.#head = 0;
    for (const resolve of this.#emptied) resolve();
    this.#emptied = [];
  }
}
