import { generatorName } from "../metrics/metric-list.ts";
import type { Emitter } from "../metrics/recorder.ts";
import { LATE_MS } from "./late.ts";

const TICK_MS = 20;
const TICKS_A_SECOND = 1_000 / TICK_MS;

/**
 * Measures how late this worker's event loop is, each second, for as long as it has users. What it finds is the generator's, not the target's.
 *
 * Node's `monitorEventLoopDelay` would not see a delay after which the last user ends before the next tick.
 */
export class Saturation {
  readonly #emitter: Emitter;
  readonly #warn: (sentence: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #tickedAt = 0;
  #ticks = 0;
  #latestMs = 0;
  #users = 0;
  #warned = false;

  constructor(emitter: Emitter, warn: (sentence: string) => void) {
    this.#emitter = emitter;
    this.#warn = warn;
  }

  enter(): void {
    this.#users += 1;
    if (this.#timer !== undefined) return;
    this.#tickedAt = performance.now();
    this.#timer = setInterval(() => {
      this.#tick();
      if (this.#ticks >= TICKS_A_SECOND) this.#tell();
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
    const now = performance.now();
    this.#latestMs = Math.max(this.#latestMs, now - this.#tickedAt - TICK_MS);
    this.#tickedAt = now;
    this.#ticks += 1;
  }

  #tell(): void {
    const lateMs = this.#latestMs;
    this.#latestMs = 0;
    this.#ticks = 0;
    this.#emitter.emit("histogram", generatorName("generator_delay_ms"), lateMs);
    if (lateMs < LATE_MS || this.#warned) return;
    this.#warned = true;
    this.#warn(
      `The load generator was late by ${lateMs.toFixed(0)} ms. That is this machine's doing, and other figures have it in them: ` +
        "give it fewer users, or more machines. See agent_transports.generator_delay_ms.",
    );
  }
}
