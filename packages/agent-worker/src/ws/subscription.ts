import { FLOW_WINDOW_BYTES, formatEventId } from "@agent-transports/protocol";
import { LogReader } from "../log-reader.ts";
import type { RunRecord } from "../log.ts";
import type { Runs } from "../runs.ts";

/** What a subscription sends through. */
export interface FrameSink {
  send(text: string): void;
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
  readonly #stop: (() => void) | undefined;
  readonly #onComplete: () => void;
  #sentBytes = 0;
  #markedBytes = 0;
  #ackedBytes = 0;
  /** Where the reader was asked to acknowledge: the last event's `seq`, and what had been sent by then. */
  #marks: { seq: number; sentBytes: number }[] = [];
  #closed = false;

  constructor(runs: Runs, run: RunRecord, options: { after: number; paced: boolean; sink: FrameSink; onComplete: () => void }) {
    this.run = run;
    this.#reader = new LogReader(runs, run, options.after, "ws");
    this.#sink = options.sink;
    this.#paced = options.paced;
    this.#onComplete = options.onComplete;
    // Registered before the first read, in the same turn: nothing falls between replay and live.
    this.#stop = runs.live(run.id)?.onAppend(() => this.deliver());
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
      const body = `{"type":"events","run":"${this.run.id}","id":"${formatEventId(this.run.epoch, batch.first)}","events":[${batch.chunks.join(",")}]`;
      // Counted in UTF-16 units: a byte more or less does not matter to a window.
      this.#sentBytes += body.length;
      const marked = this.#paced && this.#sentBytes - this.#markedBytes >= FLOW_WINDOW_BYTES / 2;
      if (marked) {
        this.#markedBytes = this.#sentBytes;
        this.#marks.push({ seq: this.#reader.cursor, sentBytes: this.#sentBytes });
      }
      try {
        this.#sink.send(marked ? `${body},"ack":true}` : `${body}}`);
      } catch {
        // The socket is closing. The generation and its other readers go on; whoever comes back resumes from the log.
        this.close();
        return;
      }
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
