import type { ConnectionState, StateChange } from "@agent-transports/sse-client";
import type { Fault, Port } from "../link/link.ts";

/** Text that came at once: of one read, or of one frame. */
export interface Arrival {
  readonly atMs: number;
  /** Since the text before it; since the question for the first. */
  readonly gapMs: number;
  readonly characters: number;
}

export interface StateSpan {
  readonly state: ConnectionState;
  readonly fromMs: number;
}

export interface FaultMark {
  readonly fault: Fault | "handed over" | "reloaded" | "killed" | "went on";
  readonly atMs: number;
}

type Bytes = Port["bytes"];

/** What one lane measured of one run. Times are milliseconds from the question on, of `performance.now()`. */
export class LaneRecord {
  readonly startedAt = performance.now();
  readonly arrivals: Arrival[] = [];
  readonly states: StateSpan[] = [{ state: "connecting", fromMs: 0 }];
  readonly faults: FaultMark[] = [];
  /** From when a connection was lost until text came again. */
  readonly recoveriesMs: number[] = [];
  /** `undefined` where the lane took the run up later: it was not there when the question was asked. */
  firstTokenMs: number | undefined;
  endedMs: number | undefined;
  reconnects = 0;
  readonly #asked: boolean;
  readonly #carried: Bytes;
  readonly #carriedBefore: Bytes;
  #bytesAtEnd: Bytes | undefined;
  #lastTextMs = 0;
  #longestGapMs = 0;
  #lostAtMs: number | undefined;
  #opened = false;

  /**
   * @param asked whether it begins with the question
   * @param carried what the lane's client was given and sent, of other runs too
   */
  constructor(asked = false, carried: Bytes = { up: 0, down: 0 }) {
    this.#asked = asked;
    this.#carried = carried;
    this.#carriedBefore = { ...carried };
  }

  get nowMs(): number {
    return performance.now() - this.startedAt;
  }

  /** From its beginning to its end. A client may keep its connection, and hear of it, for longer. */
  get bytes(): Bytes {
    const { up, down } = this.#carriedBefore;
    return this.#bytesAtEnd ?? { up: this.#carried.up - up, down: this.#carried.down - down };
  }

  text(characters: number): void {
    const atMs = this.nowMs;
    if (this.#asked) this.firstTokenMs ??= atMs;
    const gapMs = atMs - this.#lastTextMs;
    // The first is the wait for the model.
    if (this.arrivals.length > 0) this.#longestGapMs = Math.max(this.#longestGapMs, gapMs);
    this.arrivals.push({ atMs, gapMs, characters });
    this.#lastTextMs = atMs;
    if (this.#lostAtMs !== undefined) this.recoveriesMs.push(atMs - this.#lostAtMs);
    this.#lostAtMs = undefined;
  }

  state({ to }: Pick<StateChange, "to">): void {
    const atMs = this.nowMs;
    this.states.push({ state: to, fromMs: atMs });
    if (to === "open" && this.#opened) this.reconnects += 1;
    if (to === "open") this.#opened = true;
    if (this.#opened && (to === "waiting" || to === "connecting")) this.#lostAtMs ??= atMs;
    if (to === "ended" || to === "failed") this.end();
  }

  fault(fault: FaultMark["fault"]): void {
    if (this.endedMs === undefined) this.faults.push({ fault, atMs: this.nowMs });
  }

  /** The run is over, or was let go. Only the first time counts. */
  end(): void {
    if (this.endedMs !== undefined) return;
    this.#bytesAtEnd = this.bytes;
    this.endedMs = this.nowMs;
  }

  /** The longest time without text, the one that goes on now included. */
  get longestGapMs(): number {
    const open = this.endedMs === undefined && this.arrivals.length > 0 ? this.nowMs - this.#lastTextMs : 0;
    return Math.max(this.#longestGapMs, open);
  }
}
