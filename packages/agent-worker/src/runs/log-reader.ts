import type { ReaderTransport } from "../observability/observe.ts";
import type { RequestError } from "../wire/errors.ts";
import type { Batch, RunRecord } from "./log.ts";
import type { CountedReader } from "./readers.ts";
import type { Runs } from "./runs.ts";

/** About as much of the log as one read brings into memory, in UTF-16 units. */
const READ_CHARS = 65_536;
/** No reader is probed more often than this, however many ask. */
const PROBE_MIN_MS = 1_000;

/** A reader of one run: costs a cursor, and a place among those that an append wakes while it waits. */
export class LogReader implements CountedReader {
  readonly record: RunRecord;
  readonly transport: ReaderTransport;
  /** Called once, after {@link close}, where another reader took this one's place. */
  onEvicted: ((error: RequestError) => void) | undefined;
  readonly #runs: Runs;
  #cursor: number;
  #settle: ((outcome: "appended" | "idle" | "closed") => void) | undefined;
  #stop: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idleAt = 0;
  #idleMs = 0;
  #closed = false;
  #givenAt: number;
  #probedAt = 0;
  #eviction: RequestError | undefined;
  readonly #leave: () => void;

  /** Counts as a reader until {@link close}, which whoever made it must call. @throws RequestError `too_many_requests` */
  constructor(runs: Runs, record: RunRecord, after: number, transport: ReaderTransport) {
    this.#runs = runs;
    this.record = record;
    this.transport = transport;
    this.#cursor = after;
    const openedAt = Date.now();
    this.#givenAt = openedAt;
    const leave = runs.addReader(record, this);
    runs.observe({ type: "run:reader:open", payload: { run: record.id, transport, after } });
    this.#leave = () => {
      leave();
      const payload = { run: record.id, transport, sent: this.#cursor - after, durationMs: Date.now() - openedAt };
      runs.observe({ type: "run:reader:close", payload });
    };
  }

  /** `seq` of the last event that was read. */
  get cursor(): number {
    return this.#cursor;
  }

  /** What lies behind the cursor, moving it; `undefined` where nothing does. */
  next(): Batch | undefined {
    const batch = this.#runs.read(this.record, this.#cursor, READ_CHARS);
    if (batch === undefined) return undefined;
    this.#cursor += batch.chunks.length;
    this.#givenAt = Date.now();
    return batch;
  }

  get givenAt(): number {
    return this.#givenAt;
  }

  /** A reader that waits is told that it waited long enough: an event stream then writes its heartbeat. */
  probe(): void {
    const now = Date.now();
    const sinceMs = now - Math.max(this.#givenAt, this.#probedAt);
    // A clock that was set back holds back nobody.
    if (sinceMs >= 0 && sinceMs < PROBE_MIN_MS) return;
    this.#probedAt = now;
    this.#settle?.("idle");
  }

  evict(error: RequestError): void {
    this.#eviction = error;
    this.close();
    this.onEvicted?.(error);
  }

  /** What its reader is told when it is evicted; `undefined` while it is not. */
  get eviction(): RequestError | undefined {
    return this.#eviction;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the terminal event was read. */
  get complete(): boolean {
    const live = this.#runs.live(this.record.id);
    return (live === undefined || live.ended) && this.#cursor >= this.#runs.tail(this.record);
  }

  /**
   * Waits for the next append. Called in the turn in which {@link next} gave nothing: then no event falls between. One call at a time.
   *
   * @returns `"idle"` after `idleMs` without one, `"closed"` once {@link close} was called
   */
  wait(idleMs: number): Promise<"appended" | "idle" | "closed"> {
    if (this.#closed) return Promise.resolve("closed");
    const live = this.#runs.live(this.record.id);
    if (live === undefined) return Promise.resolve("appended");
    this.#stop ??= live.onAppend(() => this.#settle?.("appended"));
    this.#idleAt = Date.now() + idleMs;
    this.#idleMs = idleMs;
    // One timer for many waits: it looks at the time when it fires, because to set one for each event costs more than the event.
    this.#timer ??= this.#startTimer(idleMs);
    return new Promise((resolve) => {
      this.#settle = (outcome) => {
        this.#settle = undefined;
        resolve(outcome);
      };
    });
  }

  /** {@link close} once a request's client has gone. Where it went before there was a response, nobody reads or cancels that one. */
  closeWith(signal: AbortSignal): void {
    if (signal.aborted) this.close();
    else signal.addEventListener("abort", () => this.close(), { once: true });
  }

  /** Stops waiting, and costs nothing from then on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    this.#stop?.();
    clearTimeout(this.#timer);
    this.#settle?.("closed");
  }

  #startTimer(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#timer = undefined;
      if (this.#settle === undefined) return; // The next wait starts it again.
      const leftMs = this.#idleAt - Date.now();
      // More than the whole is left where the clock was set back.
      if (leftMs > 0 && leftMs <= this.#idleMs) this.#timer = this.#startTimer(leftMs);
      else this.#settle("idle");
    }, ms);
  }
}
