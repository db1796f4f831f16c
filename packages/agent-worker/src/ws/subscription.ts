import { FLOW_WINDOW_BYTES } from "@agent-transports/protocol";
import { LogReader } from "../runs/log-reader.ts";
import type { RunRecord } from "../runs/log.ts";
import type { Runs } from "../runs/runs.ts";
import { REPLAYED_BYTES_PER_SECOND, tooMany, type RateLimiter } from "../wire/limits.ts";
import { eventsFrames, type EventsFrame } from "./events-frames.ts";

/** What a subscription sends through. */
export interface FrameSink {
  send(frame: string | Uint8Array<ArrayBuffer>): void;
}

/**
 * One run's events on one socket, PROTOCOL.md §4.4.
 *
 * A socket in a Worker does not say how much it has queued. A reader that acknowledges is therefore sent a window and no more: what
 * lies beyond stays in the log, and the subscription keeps a cursor.
 */
export class Subscription {
  readonly run: RunRecord;
  readonly #reader: LogReader;
  readonly #sink: FrameSink;
  readonly #paced: boolean;
  readonly #binary: boolean;
  readonly #stop: (() => void) | undefined;
  readonly #onComplete: () => void;
  readonly #onRunEnd: () => void;
  #sentBytes = 0;
  #markedBytes = 0;
  #ackedBytes = 0;
  /** Where the reader was asked to acknowledge: the last event's `seq`, and what had been sent by then. */
  #marks: { seq: number; sentBytes: number }[] = [];
  #closed = false;
  #replays: RateLimiter | undefined;
  #refused = false;

  constructor(
    runs: Runs,
    run: RunRecord,
    options: { after: number; paced: boolean; binary: boolean; sink: FrameSink; onComplete: () => void; onRunEnd: () => void },
  ) {
    this.run = run;
    this.#reader = new LogReader(runs, run, options.after, "ws");
    this.#sink = options.sink;
    this.#paced = options.paced;
    this.#binary = options.binary;
    this.#onComplete = options.onComplete;
    this.#onRunEnd = options.onRunEnd;
    // Registered before the first read, in the same turn: nothing falls between replay and live.
    const live = runs.live(run.id);
    this.#stop = live?.onAppend(() => {
      this.deliver();
      // The reader has not taken all of it yet.
      if (live.ended && !this.#closed) this.#onRunEnd();
    });
  }

  /**
   * Sends what the log has already, as far as the window goes. What comes later needs no limit: a model made it, or its reader acknowledged what was before.
   *
   * @param replays what its socket may still be sent in this way
   * @throws RequestError `too_many_requests` where that was too little, which ends this
   */
  replay(replays: RateLimiter): void {
    this.#replays = replays;
    this.deliver();
    this.#replays = undefined;
    if (!this.#refused) return;
    this.close();
    throw tooMany("This socket was sent as much of its runs' logs as it may be in a second. Ask again later.", REPLAYED_BYTES_PER_SECOND);
  }

  /** Sends what lies behind the cursor, as far as the window goes. */
  deliver(): void {
    while (!this.#closed && !(this.#paced && this.#sentBytes - this.#ackedBytes >= FLOW_WINDOW_BYTES)) {
      const batch = this.#reader.next();
      if (batch === undefined) {
        if (this.#reader.complete) {
          this.close();
          this.#onComplete();
        }
        return;
      }
      for (const frame of eventsFrames(this.run, batch, this.#binary)) {
        if (!this.#send(frame)) return;
      }
    }
  }

  /** @returns whether the socket took it */
  #send({ last, size, encode }: EventsFrame): boolean {
    if (this.#replays?.take(Date.now(), size) === false) {
      this.#refused = true;
      this.#closed = true;
      return false;
    }
    this.#sentBytes += size;
    const marked = this.#paced && this.#sentBytes - this.#markedBytes >= FLOW_WINDOW_BYTES / 2;
    if (marked) {
      this.#markedBytes = this.#sentBytes;
      this.#marks.push({ seq: last, sentBytes: this.#sentBytes });
    }
    const frame = encode(marked);
    try {
      this.#sink.send(frame);
      return true;
    } catch {
      // The socket is closing. The generation and its other readers go on; whoever comes back resumes from the log.
      this.close();
      return false;
    }
  }

  acknowledge(seq: number): void {
    while (this.#marks[0] !== undefined && this.#marks[0].seq <= seq) this.#ackedBytes = this.#marks.shift()!.sentBytes;
    this.deliver();
  }

  close(): void {
    this.#closed = true;
    this.#reader.close();
    this.#stop?.();
  }
}
