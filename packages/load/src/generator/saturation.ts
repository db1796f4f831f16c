import { generatorName } from "../metrics/metric-list.ts";
import type { Emitter } from "../metrics/recorder.ts";
import { LATE_MS } from "./late.ts";

const TICK_MS = 20;
const SECOND_MS = 1_000;

/**
 * Measures how late this worker's event loop is, each second, for as long as it has users. What it finds is the generator's, not the target's.
 *
 * Seconds are the clock's. Ticks are fewer where they are late, and a second that is told by their number would be longest where it matters.
 *
 * Node's `monitorEventLoopDelay` would not see a delay after which the last user ends before the next tick.
 */
export class Saturation {
  readonly #emitter: Emitter;
  readonly #warn: (sentence: string) => void;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #tickedAt = 0;
  #toldAt = 0;
  #latestMs = 0;
  #users = 0;
  #warned = false;

  /** @param now in milliseconds */
  constructor(emitter: Emitter, warn: (sentence: string) => void, now: () => number = () => performance.now()) {
    this.#emitter = emitter;
    this.#warn = warn;
    this.#now = now;
  }

  enter(): void {
    this.#users += 1;
    if (this.#timer !== undefined) return;
    this.#tickedAt = this.#now();
    this.#toldAt = this.#tickedAt;
    this.#timer = setInterval(() => {
      this.#tick();
      if (this.#tickedAt - this.#toldAt >= SECOND_MS) this.#tell();
    }, TICK_MS);
    this.#timer.unref();
  }

  leave(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#tick();
    this.#tell();
  }

  #tick(): void {
    const now = this.#now();
    this.#latestMs = Math.max(this.#latestMs, now - this.#tickedAt - TICK_MS);
    this.#tickedAt = now;
  }

  #tell(): void {
    const lateMs = this.#latestMs;
    this.#latestMs = 0;
    this.#toldAt = this.#tickedAt;
    this.#emitter.emit("histogram", generatorName("generator_delay_ms"), lateMs);
    if (lateMs < LATE_MS || this.#warned) return;
    this.#warned = true;
    this.#warn(
      `The load generator was late by ${lateMs.toFixed(0)} ms. That is this machine's doing, and other figures have it in them: ` +
        "give it fewer users, or more machines. See agent_transports.generator_delay_ms.",
    );
  }
}
