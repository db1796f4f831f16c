/**
 * What becomes of packets while nothing gets through.
 *
 * `dropped`: they are lost on the air, as where a radio has no coverage. Mahimahi's `mm-onoff` does the same: its `PeriodicSwitchingLink` drops
 * what comes while it is off (`src/frontend/loss_queue.cc` of ravinet/mahimahi).
 *
 * `held`: they wait in the queue before the link, and what finds it full is dropped. A cell's queue of each user does so through a fade or a
 * handover, for seconds (Winstein, Sivaraman, Balakrishnan, "Stochastic Forecasts Achieve High Throughput and Low Delay over Cellular Networks",
 * NSDI 2013). The silences of a recorded link are of this kind.
 */
export type BlackoutKind = "dropped" | "held";

/** Half open: `toMs` is the first moment after it. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Blackouts that are known beforehand, counted from the link's start. */
export interface BlackoutSchedule {
  readonly packets: BlackoutKind;
  readonly windows: readonly Window[];
  /** They come again after so long. */
  readonly everyMs?: number;
}

/** All blackouts of a link: those of its profile, and those that were made since. */
export class Blackouts {
  readonly #schedule: BlackoutSchedule | undefined;
  readonly #startMs: number;
  readonly #made: (Window & { readonly packets: BlackoutKind })[];

  constructor(schedule: BlackoutSchedule | undefined, startMs: number, made?: Blackouts) {
    this.#schedule = schedule;
    this.#startMs = startMs;
    this.#made = made === undefined ? [] : [...made.#made];
  }

  add(packets: BlackoutKind, window: Window): void {
    this.#made.push({ packets, ...window });
  }

  /** Whether what leaves now is lost on the air. */
  dropsAt(atMs: number): boolean {
    return this.#around("dropped", atMs) !== undefined;
  }

  /** The first moment from this one on at which a packet may leave. */
  openFrom(atMs: number): number {
    let at = atMs;
    for (let window = this.#around("held", at); window !== undefined; window = this.#around("held", at)) at = window.toMs;
    return at;
  }

  /** When packets are next held, if they are not now. */
  nextHeld(atMs: number): number {
    let next = Infinity;
    for (const window of this.#near("held", atMs)) if (window.fromMs > atMs) next = Math.min(next, window.fromMs);
    return next;
  }

  #around(packets: BlackoutKind, atMs: number): Window | undefined {
    for (const window of this.#near(packets, atMs)) if (window.fromMs <= atMs && atMs < window.toMs) return window;
    return undefined;
  }

  /** Those that may be about this moment, and the next ones. */
  *#near(packets: BlackoutKind, atMs: number): Generator<Window> {
    for (const window of this.#made) if (window.packets === packets) yield window;
    const schedule = this.#schedule;
    if (schedule === undefined || schedule.packets !== packets) return;
    const { everyMs } = schedule;
    const turn = everyMs === undefined ? 0 : Math.max(0, Math.floor((atMs - this.#startMs) / everyMs));
    // A window may reach beyond the end of its turn.
    const turns = everyMs === undefined ? [0] : [Math.max(0, turn - 1), turn, turn + 1];
    for (const one of turns) {
      const shift = this.#startMs + one * (everyMs ?? 0);
      for (const { fromMs, toMs } of schedule.windows) yield { fromMs: fromMs + shift, toMs: toMs + shift };
    }
  }
}
