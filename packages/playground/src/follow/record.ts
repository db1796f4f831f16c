import type { ConnectionState, StateChange } from "@agent-transports/sse-client";
import type { Fault } from "../link/link.ts";

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
  readonly fault: Fault | "handed over" | "reloaded" | "killed";
  readonly atMs: number;
}

/** What one lane measured of one run. Times are milliseconds from the question on, of `performance.now()`. */
export class LaneRecord {
  readonly startedAt = performance.now();
  readonly arrivals: Arrival[] = [];
  readonly states: StateSpan[] = [{ state: "connecting", fromMs: 0 }];
  readonly faults: FaultMark[] = [];
  /** From when a connection was lost until text came again. */
  readonly recoveriesMs: number[] = [];
  firstTokenMs: number | undefined;
  endedMs: number | undefined;
  reconnects = 0;
  #lastTextMs = 0;
  #lostAtMs: number | undefined;
  #opened = false;

  get nowMs(): number {
    return performance.now() - this.startedAt;
  }

  text(characters: number): void {
    const atMs = this.nowMs;
    this.firstTokenMs ??= atMs;
    this.arrivals.push({ atMs, gapMs: atMs - this.#lastTextMs, characters });
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
    if (to === "ended" || to === "failed") this.endedMs = atMs;
  }

  fault(fault: FaultMark["fault"]): void {
    if (this.endedMs === undefined) this.faults.push({ fault, atMs: this.nowMs });
  }

  /** The longest time without text, the one that goes on now included. */
  get longestGapMs(): number {
    const open = this.endedMs === undefined && this.arrivals.length > 0 ? this.nowMs - this.#lastTextMs : 0;
    // The first is the wait for the model.
    return this.arrivals.slice(1).reduce((most, { gapMs }) => Math.max(most, gapMs), open);
  }
}
