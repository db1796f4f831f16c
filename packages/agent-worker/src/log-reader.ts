import type { Batch, RunRecord } from "./log.ts";
import type { Runs } from "./runs.ts";

/** About as much of the log as one read brings into memory, in UTF-16 units. */
const READ_CHARS = 65_536;

/** A reader of one run: costs a cursor, and a place among those that an append wakes while it waits. */
export class LogReader {
  readonly record: RunRecord;
  readonly #runs: Runs;
  #cursor: number;

  constructor(runs: Runs, record: RunRecord, after: number) {
    this.#runs = runs;
    this.record = record;
    this.#cursor = after;
  }

  /** `seq` of the last event that was read. */
  get cursor(): number {
    return this.#cursor;
  }

  /** What lies behind the cursor, moving it; `undefined` where nothing does. */
  next(): Batch | undefined {
    const batch = this.#runs.read(this.record, this.#cursor, READ_CHARS);
    if (batch !== undefined) this.#cursor += batch.chunks.length;
    return batch;
  }

  /** Whether the terminal event was read. */
  get complete(): boolean {
    const live = this.#runs.live(this.record.id);
    return (live === undefined || live.ended) && this.#cursor >= this.#runs.tail(this.record);
  }

  /**
   * Waits for the next append. Called in the turn in which {@link next} gave nothing: then no event falls between.
   *
   * @returns `"idle"` after `idleMs` without one, `"closed"` once the signal aborts
   */
  wait(idleMs: number, signal: AbortSignal): Promise<"appended" | "idle" | "closed"> {
    if (signal.aborted) return Promise.resolve("closed");
    const live = this.#runs.live(this.record.id);
    if (live === undefined) return Promise.resolve("appended");
    return new Promise((resolve) => {
      const settle = (outcome: "appended" | "idle" | "closed"): void => {
        clearTimeout(timer);
        stop();
        signal.removeEventListener("abort", onAbort);
        resolve(outcome);
      };
      const onAbort = (): void => settle("closed");
      const stop = live.onAppend(() => settle("appended"));
      const timer = setTimeout(() => settle("idle"), idleMs);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
