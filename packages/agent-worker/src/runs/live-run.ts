import type { RunEnd } from "@agent-transports/protocol";
import type { UIMessageChunk } from "ai";
import { pace } from "../pacing/pace.ts";
import { Throttle } from "../pacing/throttle.ts";
import { LOG_WINDOW_MS, WAITING_MAX } from "../pacing/windows.ts";
import { chunkText } from "../wire/bytes.ts";
import { EVENT_MAX_BYTES, type Batch, type RunLog, type RunRecord } from "./log.ts";

/**
 * A run that is being generated: appends its events to the log and wakes its readers.
 *
 * Coalescing is adaptive. The first event after a quiet moment is written and sent at once; what arrives within the
 * next two milliseconds is collected and goes out together, as one row and one write to each reader. A generation that makes more than
 * {@link WAITING_MAX} without a turn in between, in which no timer fires, is written as it goes.
 */
export class LiveRun {
  readonly record: RunRecord;
  readonly abort: AbortController = new AbortController();
  /** What was appended last: readers that keep up take it from here and not from SQLite. */
  latest: Batch | undefined;
  readonly #log: RunLog;
  readonly #readers: Set<() => void> = new Set();
  readonly #throttle: Throttle = new Throttle(
    () => LOG_WINDOW_MS,
    () => this.#pass(),
  );
  #pending: string[] = [];
  #pendingChars = 0;
  #tail: number;
  #ended = false;

  constructor(log: RunLog, record: RunRecord, tail: number) {
    this.#log = log;
    this.record = record;
    this.#tail = tail;
  }

  /** `seq` of the newest event in the log. */
  get tail(): number {
    return this.#tail;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls `wake` after each append, in the same turn; gives back what stops that. */
  onAppend(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => this.#readers.delete(wake);
  }

  /** Takes one chunk from the generation; ignored once the run has ended. */
  push(chunk: UIMessageChunk): void {
    if (this.#ended) return;
    this.#add(chunk);
    // What is too much to wait leaves the window as it is.
    if (this.#pendingChars >= WAITING_MAX) this.flush();
    else if (this.#throttle.due()) this.#pass();
  }

  /** Appends one chunk now, behind what is pending; gives back its `seq`. */
  append(chunk: UIMessageChunk): number {
    this.#add(chunk);
    this.flush();
    return this.#tail;
  }

  /**
   * Ends the log, in one turn: what is pending, what the AI SDK's readers need to see, and the terminal event.
   *
   * @returns whether this call ended it: a run ends once.
   */
  end(end: RunEnd, before: UIMessageChunk | undefined, now: number): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    if (before !== undefined) this.#add(before);
    this.#add({ type: "data-run-end", data: end, transient: true });
    this.#log.end(this.record.n, end.state, end.error ?? null, now);
    this.flush();
    this.#readers.clear();
    return true;
  }

  /** Insert, then wake the readers, with no await between: no reader ever has an event that the log could not replay. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const batch: Batch = { first: this.#tail + 1, chunks: this.#pending };
    this.#pending = [];
    this.#pendingChars = 0;
    this.#log.append(this.record.n, batch.first, batch.chunks);
    this.#tail += batch.chunks.length;
    pace.count(this.record.id);
    this.latest = batch;
    // A reader that is done removes itself, which a Set allows while it is iterated.
    for (const wake of this.#readers) wake();
  }

  #pass(): void {
    this.#throttle.passed();
    this.flush();
  }

  #add(chunk: UIMessageChunk): void {
    const text = toText(chunk);
    this.#pending.push(text);
    this.#pendingChars += text.length;
  }
}

/** A chunk is too large for a row of the log. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
}

function toText(chunk: UIMessageChunk): string {
  const text = chunkText(chunk);
  // A UTF-16 unit is at most three bytes of UTF-8: most chunks need no closer look.
  if (text.length * 3 > EVENT_MAX_BYTES && new TextEncoder().encode(text).byteLength > EVENT_MAX_BYTES) {
    throw new EventTooLargeError(
      `An event of type ${chunk.type} is larger than ${EVENT_MAX_BYTES} bytes. Send a file's URL instead of its bytes, or bytes in several parts.`,
    );
  }
  return text;
}
