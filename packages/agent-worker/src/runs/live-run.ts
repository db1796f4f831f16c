import type { RunEnd } from "@agent-transports/protocol";
import type { UIMessageChunk } from "ai";
import { pace } from "../pacing/pace.ts";
import { DeltaThrottle } from "../pacing/delta-throttle.ts";
import { LOG_WINDOW_MS, LOG_WINDOW_SHARE, readersWindowMs, WAITING_MAX } from "../pacing/windows.ts";
import { chunkText } from "../wire/bytes.ts";
import type { RequestError } from "../wire/errors.ts";
import type { StandingLimits } from "./asked-limits.ts";
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
  /** Why what was due could not be stored. */
  #fault: { readonly error: unknown } | undefined;
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

  /**
   * Takes one chunk from the generation; ignored once the run has ended.
   *
   * @throws EventTooLargeError, LogFullError, or why the chunks before it could not be stored: then this one is not taken
   */
  push(chunk: UIMessageChunk): void {
    if (this.#ended) return;
    this.#add(chunk);
    if (DELTAS.has(chunk.type)) this.#pendingDeltas += 1;
    // What is too much to wait leaves the window as it is.
    if (this.#pendingChars >= WAITING_MAX) this.#attempt(() => this.flush());
    else if (this.#throttle.due(this.#pendingDeltas === this.#pending.length)) this.#pass();
  }

  /**
   * Appends events now, behind what is pending, as one row; they are stored at each level. Gives back the `seq` of the first.
   *
   * @param texts see {@link eventText}
   * @param beside writes what is stored with them, or not at all, given that `seq`
   */
  append(texts: readonly string[], beside: (first: number) => void = () => undefined): number {
    const first = this.#tail + this.#pending.length + 1;
    this.#store(texts, "now", () => beside(first));
    this.#wake();
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
   * @throws EventTooLargeError where one of the two is, or what the storage says where it takes no more; then the run has not ended, and nothing of this is left
   */
  end(end: RunEnd, before: UIMessageChunk | undefined, now: number): boolean {
    if (this.#ended) return false;
    const last: UIMessageChunk = { type: "data-run-end", data: end, transient: true };
    const texts = before === undefined ? [eventText(last)] : [eventText(before), eventText(last)];
    this.#store(texts, "last", () => this.#log.end(this.record.n, end.state, end.error ?? null, now));
    this.#ended = true;
    this.#throttle.stop();
    this.#wake();
    this.#readers.clear();
    return true;
  }

  /**
   * Insert, then wake the readers, with no await between: but at the level `behind`, no reader ever has an event that the log could not replay. What cannot be
   * stored stays pending.
   */
  flush(store: "as usual" | "now" = "as usual"): void {
    if (this.#pending.length > 0) {
      this.#store([], store);
      this.#wake();
    } else if (store !== "as usual") this.#log.write(() => this.#behind?.store());
  }

  /**
   * Stores what is pending, with these behind it. Whoever calls it wakes the readers in the same turn.
   *
   * @param beside what is written with them, or not at all
   */
  #store(texts: readonly string[], store: "as usual" | "now" | "last", beside?: () => void): void {
    const batch: Batch = { first: this.#tail + 1, chunks: texts.length === 0 ? this.#pending : [...this.#pending, ...texts] };
    let row: LastRow | undefined;
    const append = (): void => {
      beside?.();
      if (this.#behind === undefined) row = this.#log.append(this.record.n, batch.first, batch.chunks, null, this.#row);
      else this.#behind.add(batch, store);
    };
    if (beside === undefined) this.#log.write(append);
    else this.#log.writeAll(append);
    this.#row = row;
    this.#fault = undefined;
    this.#pending = [];
    this.#pendingChars = 0;
    this.#pendingDeltas = 0;
    this.#tail += batch.chunks.length;
    this.latest = batch;
  }

  #wake(): void {
    pace.count(this.record.id);
    // A reader that is done removes itself, which a Set allows while it is iterated.
    for (const wake of this.#readers) wake();
  }

  #pass(): void {
    this.#throttle.passed(this.#pendingDeltas > 0);
    this.#attempt(() => this.flush());
  }

  /** What was taken stays taken, and pending. The generation hears of it with its next chunk, and the end of the run takes what is pending with it. */
  #attempt(store: () => void): void {
    try {
      store();
    } catch (error) {
      this.#fault = { error };
    }
  }

  #add(chunk: UIMessageChunk): void {
    if (this.#fault !== undefined) {
      const { error } = this.#fault;
      this.#fault = undefined;
      throw error;
    }
    const text = eventText(chunk);
    this.#room.take(text);
    this.#pending.push(text);
    this.#pendingChars += text.length;
  }
}

/** How much of a log inputs may fill. The rest is the answer's alone, so that no client fails a run by its inputs. */
const INPUTS_SHARE = 3 / 4;

type RoomLimits = Pick<StandingLimits, "runBytes" | "unsaid">;

/** What one run's log may still take. Its end always has room. */
export class LogRoom {
  readonly #ask: () => RoomLimits;
  #limits: RoomLimits;
  readonly #before: () => number;
  /** Counted when it is first asked for: to count a large log takes its time. */
  #counted: number | undefined;
  #full = false;

  /**
   * @param ask asked again where a log is full by a limit that its author has not said
   * @param before what it has already, when something is first to be added
   */
  constructor(ask: () => RoomLimits = () => ({ runBytes: Number.POSITIVE_INFINITY }), before: () => number = () => 0) {
    this.#ask = ask;
    this.#limits = ask();
    this.#before = before;
  }

  get #used(): number {
    return (this.#counted ??= this.#before());
  }

  get full(): boolean {
    return this.#full;
  }

  /** @throws LogFullError */
  take({ length }: string): void {
    if (this.#isBeyond(length, 1)) {
      this.#full = true;
      throw new LogFullError(this.#limits.runBytes, "all", this.#limits.unsaid);
    }
    this.#counted = this.#used + length;
  }

  /** @throws LogFullError */
  takeForInput({ length }: string): void {
    // All that the log has counts: nothing else is known of it after a death.
    if (this.#isBeyond(length, INPUTS_SHARE))
      throw new LogFullError(Math.floor(this.#limits.runBytes * INPUTS_SHARE), "inputs", this.#limits.unsaid);
    this.#counted = this.#used + length;
  }

  #isBeyond(length: number, share: number): boolean {
    const isBeyond = (): boolean => this.#used + length > Math.floor(this.#limits.runBytes * share);
    if (!isBeyond()) return false;
    if (this.#limits.unsaid === undefined) return true;
    this.#limits = this.#ask();
    return isBeyond();
  }
}

/** A run has as many events as it may have, or as many as inputs may be added to. */
export class LogFullError extends Error {
  override readonly name = "LogFullError";
  readonly limit: number;
  /** See StandingLimits. */
  readonly unsaid: RequestError | undefined;

  constructor(limit: number, of: "all" | "inputs", unsaid?: RequestError) {
    super(unsaid?.message ?? fullMessage(limit, of));
    this.limit = limit;
    this.unsaid = unsaid;
  }
}

function fullMessage(limit: number, of: "all" | "inputs"): string {
  return of === "all"
    ? `A run's log may have ${limit} bytes, and this one has them. Start another run.`
    : `A run takes inputs until its log has ${limit} bytes, and this one has them. The answer goes on. Start another run for more inputs.`;
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
