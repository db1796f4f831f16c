import { reportFault } from "../observability/observe.ts";
import { WAITING_MAX } from "../pacing/windows.ts";
import type { Batch, LastRow, RunLog } from "./log.ts";

/** So many ids, at least, may be sent before more are stored, and at most. */
const AHEAD_LEAST = 64;
const AHEAD_MOST = 1_024;

/**
 * The level `behind`: events are sent at once, and stored together when a window has ended.
 *
 * What is stored says up to which id events may be sent before more is stored. So an agent that finds a log after a crash knows which ids its readers may
 * have seen, and uses none of them again. The last of them is never sent: whoever asks from any other is told of the loss.
 */
export class StoredBehind {
  readonly #log: RunLog;
  readonly #n: number;
  readonly #windowMs: number;
  #waiting: string[] = [];
  #waitingChars = 0;
  /** `seq` of the last event that is stored. */
  #stored: number;
  /** Up to which `seq` events may be sent. */
  #ahead: number;
  #row: LastRow | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(log: RunLog, n: number, stored: number, windowMs: number) {
    this.#log = log;
    this.#n = n;
    this.#windowMs = windowMs;
    this.#stored = stored;
    this.#ahead = stored;
  }

  /** Takes what is sent in this turn, and stores it now if it must be. */
  add(batch: Batch, store: "as usual" | "now" | "last"): void {
    const [waiting, waitingChars] = [this.#waiting.length, this.#waitingChars];
    this.#waiting.push(...batch.chunks);
    for (const chunk of batch.chunks) this.#waitingChars += chunk.length;
    const newest = this.#stored + this.#waiting.length;
    if (store === "as usual" && newest < this.#ahead && this.#waitingChars < WAITING_MAX) {
      this.#timer ??= setTimeout(() => this.#storeLate(), this.#windowMs);
      return;
    }
    try {
      this.#store(store === "last");
    } catch (error) {
      // They were not sent, and whoever gave them still has them.
      this.#waiting.length = waiting;
      this.#waitingChars = waitingChars;
      throw error;
    }
  }

  /** Stores what waits. */
  store(): void {
    if (this.#waiting.length > 0) this.#store(false);
  }

  /** Events that are not stored yet. */
  read(after: number): Batch | undefined {
    const from = after - this.#stored;
    return from < 0 || from >= this.#waiting.length ? undefined : { first: after + 1, chunks: this.#waiting.slice(from) };
  }

  /** In a timer's turn: what waits is stored with what comes next, or with the end. */
  #storeLate(): void {
    this.#timer = undefined;
    try {
      this.#log.write(() => this.store());
    } catch (error) {
      reportFault(error);
    }
  }

  #store(last: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const chunks = this.#waiting;
    const stored = this.#stored + chunks.length;
    // Twice as many as came since: at an even pace the window ends before they do.
    const ahead = stored + Math.min(Math.max(2 * chunks.length, AHEAD_LEAST), AHEAD_MOST);
    this.#row = this.#log.append(this.#n, this.#stored + 1, chunks, last ? null : ahead, this.#row);
    this.#waiting = [];
    this.#waitingChars = 0;
    this.#stored = stored;
    this.#ahead = ahead;
  }
}
