import { parseEventId } from "@agent-transports/protocol";

/** A reader that stops after so many events, and reads on when it is told to. Checks that each event comes once and in order. */
export class PausableReader {
  /** Resolves when the reader has stopped. */
  readonly stopped: Promise<void>;
  /** Resolves when it may read on. */
  readonly resumed: Promise<void>;
  readonly #stopAfter: number;
  #seen = 0;
  #last: { readonly epoch: string; readonly seq: number } | undefined;
  #paused = false;
  #onStop: () => void = () => undefined;
  #onResume: () => void = () => undefined;
  #wasResumed = false;
  readonly #onSeen: (seen: number) => void;
  #waiting: { readonly events: number; readonly resolve: () => void }[] = [];

  /** @param stopAfter in events; Infinity for a reader that never stops */
  constructor(stopAfter: number, onSeen: (seen: number) => void = () => undefined) {
    this.#stopAfter = stopAfter;
    this.#onSeen = onSeen;
    this.stopped = new Promise((resolve) => (this.#onStop = resolve));
    this.resumed = new Promise((resolve) => (this.#onResume = resolve));
  }

  /** Whether the reader must not read. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Whether the reader was told to read on. */
  get wasResumed(): boolean {
    return this.#wasResumed;
  }

  /** Large events so far. */
  get seen(): number {
    return this.#seen;
  }

  /** `seq` of the last event with an id; 0 where none had one. */
  get lastSeq(): number {
    return this.#last?.seq ?? 0;
  }

  /** Resolves once so many large events have come. */
  reached(events: number): Promise<void> {
    return this.#seen >= events ? Promise.resolve() : new Promise((resolve) => this.#waiting.push({ events, resolve }));
  }

  /** An event's id, where it has one: contiguous from 1, of one log. @throws Error where one is missing or comes twice */
  identify(text: string): void {
    const id = parseEventId(text);
    const due = this.lastSeq + 1;
    if (id?.seq !== due || (this.#last !== undefined && id.epoch !== this.#last.epoch)) {
      throw new Error(`The event with the id ${text} came, but ${due} was expected.`);
    }
    this.#last = id;
  }

  /** A chunk, by its contents. @throws Error where a large event is missing or comes twice */
  see(chunk: { readonly type?: string; readonly data?: unknown }): void {
    if (chunk.type !== "data-filling") return;
    const { data } = chunk;
    const index = typeof data === "object" && data !== null && "index" in data ? data.index : undefined;
    if (index !== this.#seen) throw new Error(`Event ${String(index)} came, but ${this.#seen} was expected.`);
    this.#seen += 1;
    this.#onSeen(this.#seen);
    this.#waiting = this.#waiting.filter(({ events, resolve }) => {
      if (events <= this.#seen) resolve();
      return events > this.#seen;
    });
    if (this.#seen === this.#stopAfter) this.pause();
  }

  pause(): void {
    this.#paused = true;
    this.#onStop();
  }

  resume(): void {
    this.#paused = false;
    this.#wasResumed = true;
    this.#onResume();
  }

  /** @throws Error where fewer came */
  complete(events: number): void {
    if (this.#seen !== events) throw new Error(`${this.#seen} of ${events} events came.`);
  }
}
