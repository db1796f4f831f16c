import type { RunEnd } from "@agent-transports/protocol";
import type { UIMessageChunk } from "ai";
import { pace } from "../pacing/pace.ts";
import { DeltaThrottle } from "../pacing/delta-throttle.ts";
import { LOG_WINDOW_MS, LOG_WINDOW_SHARE, readersWindowMs, WAITING_MAX } from "../pacing/windows.ts";
import { chunkText } from "../wire/bytes.ts";
import type { CheckedDurability } from "./durability.ts";
import { EVENT_MAX_BYTES, fitsInRow, type Batch, type LastRow, type RunLog, type RunRecord } from "./log.ts";
import { StoredBehind } from "./stored-behind.ts";

/** What a model writes piece by piece. Nobody acts on one piece of it, so that it may wait for others. */
const DELTAS: ReadonlySet<UIMessageChunk["type"]> = new Set(["text-delta", "reasoning-delta", "tool-input-delta"]);

/**
 * A run that is being generated: appends its events to the log and wakes its readers.
 *
 * Coalescing is adaptive. The first event after a quiet moment is written and sent at once; what arrives within the
 * next two milliseconds is collected and goes out together, as one row and one write to each reader. At the level `window` deltas are collected for longer.
 * A generation that makes more than {@link WAITING_MAX} without a turn in between, in which no timer fires, is written as it goes.
 */
export class LiveRun {
  readonly record: RunRecord;
  readonly abort: AbortController = new AbortController();
  /** What was appended last: readers that keep up take it from here and not from SQLite. */
  latest: Batch | undefined;
  readonly #log: RunLog;
  readonly #readers: Set<() => void> = new Set();
  readonly #throttle: DeltaThrottle;
  /** At the level `behind`. */
  readonly #behind: StoredBehind | undefined;
  #pending: string[] = [];
  #pendingChars = 0;
  #pendingDeltas = 0;
  #tail: number;
  #row: LastRow | undefined;
  #ended = false;
  readonly #room: LogRoom;

  constructor(log: RunLog, record: RunRecord, tail: number, { level, windowMs }: CheckedDurability, room: LogRoom = new LogRoom()) {
    this.#log = log;
    this.record = record;
    this.#tail = tail;
    this.#room = room;
    const [deltasMs, share] = level === "window" ? [windowMs, LOG_WINDOW_SHARE] : [LOG_WINDOW_MS, 1];
    this.#throttle = new DeltaThrottle(
      { soon: () => LOG_WINDOW_MS, deltas: () => Math.max(deltasMs, readersWindowMs(this.#readers.size)) },
      () => this.#pass(),
      share,
    );
    if (level === "behind") this.#behind = new StoredBehind(log, record.n, tail, windowMs);
  }

  /** `seq` of the newest event that readers may have. */
  get tail(): number {
    return this.#tail;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether its log has refused some of the answer: each later run would be given all of it. */
  get full(): boolean {
    return this.#room.full;
  }

  /** Calls `wake` after each append, in the same turn; gives back what stops that. */
  onAppend(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => this.#readers.delete(wake);
  }

  /** Keeps room in the log for an input that {@link append} is given next. @throws LogFullError */
  keepRoomForInput(text: string): void {
    this.#room.takeForInput(text);
  }

  /** Takes one chunk from the generation; ignored once the run has ended. @throws EventTooLargeError, LogFullError */
  push(chunk: UIMessageChunk): void {
    if (this.#ended) return;
    this.#add(chunk);
    if (DELTAS.has(chunk.type)) this.#pendingDeltas += 1;
    // What is too much to wait leaves the window as it is.
    if (this.#pendingChars >= WAITING_MAX) this.flush();
    else if (this.#throttle.due(this.#pendingDeltas === this.#pending.length)) this.#pass();
  }

  /** Appends events now, behind what is pending, as one row; they are stored at each level. Gives back the `seq` of the first. @param texts see {@link eventText} */
  append(texts: readonly string[]): number {
    const first = this.#tail + this.#pending.length + 1;
    this.#pending.push(...texts);
    this.flush("now");
    return first;
  }

  /** Events after `after` that are still in memory, where there are such. */
  recent(after: number): Batch | undefined {
    return this.latest?.first === after + 1 ? this.latest : this.#behind?.read(after);
  }

  /**
   * Ends the log, in one turn: what is pending, what the AI SDK's readers need to see, and the terminal event.
   *
   * @returns whether this call ended it: a run ends once.
   * @throws EventTooLargeError where one of the two is; then the run has not ended
   */
  end(end: RunEnd, before: UIMessageChunk | undefined, now: number): boolean {
    if (this.#ended) return false;
    const last: UIMessageChunk = { type: "data-run-end", data: end, transient: true };
    const texts = before === undefined ? [eventText(last)] : [eventText(before), eventText(last)];
    this.#ended = true;
    this.#pending.push(...texts);
    this.#log.end(this.record.n, end.state, end.error ?? null, now);
    this.#throttle.stop();
    this.flush("last");
    this.#readers.clear();
    return true;
  }

  /** Insert, then wake the readers, with no await between: but at the level `behind`, no reader ever has an event that the log could not replay. */
  flush(store: "as usual" | "now" | "last" = "as usual"): void {
    if (this.#pending.length === 0) {
      if (store !== "as usual") this.#behind?.store();
      return;
    }
    const batch: Batch = { first: this.#tail + 1, chunks: this.#pending };
    this.#pending = [];
    this.#pendingChars = 0;
    this.#pendingDeltas = 0;
    if (this.#behind === undefined) this.#row = this.#log.append(this.record.n, batch.first, batch.chunks, null, this.#row);
    else this.#behind.add(batch, store);
    this.#tail += batch.chunks.length;
    pace.count(this.record.id);
    this.latest = batch;
    // A reader that is done removes itself, which a Set allows while it is iterated.
    for (const wake of this.#readers) wake();
  }

  #pass(): void {
    this.#throttle.passed(this.#pendingDeltas > 0);
    this.flush();
  }

  #add(chunk: UIMessageChunk): void {
    const text = eventText(chunk);
    this.#room.take(text);
    this.#pending.push(text);
    this.#pendingChars += text.length;
  }
}

/** How much of a log inputs may fill. The rest is the answer's alone, so that no client fails a run by its inputs. */
const INPUTS_SHARE = 3 / 4;

/** What one run's log may still take. Its end always has room. */
export class LogRoom {
  readonly #limit: number;
  #used: number;
  #full = false;

  /** @param used what it has already */
  constructor(limit = Number.POSITIVE_INFINITY, used = 0) {
    this.#limit = limit;
    this.#used = used;
  }

  get full(): boolean {
    return this.#full;
  }

  /** @throws LogFullError */
  take({ length }: string): void {
    if (this.#used + length > this.#limit) {
      this.#full = true;
      throw new LogFullError(this.#limit);
    }
    this.#used += length;
  }

  /** @throws LogFullError */
  takeForInput({ length }: string): void {
    // All that the log has counts: nothing else is known of it after a death.
    const limit = Math.floor(this.#limit * INPUTS_SHARE);
    if (this.#used + length > limit) throw new LogFullError(limit, "inputs");
    this.#used += length;
  }
}

/** A run has as many events as it may have, or as many as inputs may be added to. */
export class LogFullError extends Error {
  override readonly name = "LogFullError";
  readonly limit: number;

  constructor(limit: number, of: "all" | "inputs" = "all") {
    super(
      of === "all"
        ? `A run's log may have ${limit} bytes, and this one has them. Start another run.`
        : `A run takes inputs until its log has ${limit} bytes, and this one has them. The answer goes on. Start another run for more inputs.`,
    );
    this.limit = limit;
  }
}

/** A chunk is too large for a row of the log. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
}

/** An event as the log has it. @throws EventTooLargeError */
export function eventText(chunk: UIMessageChunk): string {
  const text = chunkText(chunk);
  if (!fitsInRow(text)) {
    throw new EventTooLargeError(
      `An event of type ${chunk.type} is larger than ${EVENT_MAX_BYTES} bytes. Send a file's URL instead of its bytes, or bytes in several parts.`,
    );
  }
  return text;
}
