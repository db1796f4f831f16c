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
export class Delivery<Chunk extends ChunkLike = RunChunk> implements AsyncIterator<RunEvent<Chunk>, undefined> {
  #queue: RunEvent<Chunk>[] = [];
  /** Index of the first that waits: shifting an array is O(n). */
  #head = 0;
  #outcome: { readonly error?: TransportError } | undefined;
  #waiting: { resolve(result: IteratorResult<RunEvent<Chunk>, undefined>): void; reject(error: TransportError): void }[] = [];
  #emptied: (() => void)[] = [];
  readonly #onReceived: (event: RunEvent<Chunk>) => void;
  readonly #onReturn: () => void;
  readonly #onNext: (() => void) | undefined;

  /**
   * @param onReceived called as the application receives an event
   * @param onReturn called when the application left its loop
   * @param onNext called when the application asks for more: it is done with what it has received
   */
  constructor(onReceived: (event: RunEvent<Chunk>) => void, onReturn: () => void, onNext: (() => void) | undefined) {
    this.#onReceived = onReceived;
    this.#onReturn = onReturn;
    this.#onNext = onNext;
  }

  push(event: RunEvent<Chunk>): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#queue.push(event);
      return;
    }
    this.#onReceived(event);
    waiting.resolve({ done: false, value: event });
  }

  /** No more events come: what waits is delivered, then iteration ends, or throws the error. */
  finish(error?: TransportError): void {
    this.#outcome ??= error === undefined ? {} : { error };
    for (const waiting of this.#waiting) {
      if (error === undefined) waiting.resolve({ done: true, value: undefined });
      else waiting.reject(error);
    }
    this.#waiting = [];
  }

  /** The application wants no more: what waits is dropped, also where no more was to come. */
  discard(error?: TransportError): void {
    // Where all was delivered already, there is nothing to take back.
    if (this.#head < this.#queue.length && error !== undefined) this.#outcome = { error };
    this.#queue = [];
    this.#head = 0;
    this.finish(error);
    this.#releaseWriter();
  }

  /** Resolves once nothing waits; `undefined` where nothing does. */
  whenEmpty(): Promise<void> | undefined {
    if (this.#head === this.#queue.length) return undefined;
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  next(): Promise<IteratorResult<RunEvent<Chunk>, undefined>> {
    this.#onNext?.();
    const event = this.#queue[this.#head];
    if (event !== undefined) {
      this.#head += 1;
      if (this.#head === this.#queue.length) {
        this.#queue = [];
        this.#head = 0;
        this.#releaseWriter();
      } else if (this.#head === RELEASE_AFTER) {
        // A writer that keeps the queue from being empty must not keep what was delivered.
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      this.#onReceived(event);
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#outcome?.error !== undefined) return Promise.reject(this.#outcome.error);
    if (this.#outcome !== undefined) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<RunEvent<Chunk>, undefined>> {
    this.discard();
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  #releaseWriter(): void {
    for (const resolve of this.#emptied) resolve();
    this.#emptied = [];
  }
}
