import { monitorEventLoopDelay } from "node:perf_hooks";
import { generatorName } from "../metrics/metric-list.ts";
import type { Emitter } from "../metrics/recorder.ts";

const RESOLUTION_MS = 10;
const EVERY_MS = 1_000;

/** From here on the generator says that it is late: what it measures is late by as much. */
export const LATE_MS = 100;

/** Measures how late this worker's event loop is, each second, for as long as it has users. What it finds is the generator's, not the target's. */
export class Saturation {
  readonly #emitter: Emitter;
  readonly #warn: (sentence: string) => void;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #timer: NodeJS.Timeout | undefined;
  #users = 0;
  #warned = false;

  constructor(emitter: Emitter, warn: (sentence: string) => void) {
    this.#emitter = emitter;
    this.#warn = warn;
  }

  enter(): void {
    this.#users += 1;
    if (this.#timer !== undefined) return;
    this.#delay.reset();
    this.#delay.enable();
    this.#timer = setInterval(() => this.#tell(), EVERY_MS);
    this.#timer.unref();
  }

  leave(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    // A test shorter than a second has a figure too.
    this.#tell();
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#delay.disable();
  }

  #tell(): void {
    // Its samples are the times between two of its ticks.
    const lateMs = Math.max(0, this.#delay.max / 1e6 - RESOLUTION_MS);
    this.#delay.reset();
    if (!Number.isFinite(lateMs)) return;
    this.#emitter.emit("histogram", generatorName("generator_delay_ms"), lateMs);
    if (lateMs < LATE_MS || this.#warned) return;
    this.#warned = true;
    this.#warn(
      `The load generator was late by ${lateMs.toFixed(0)} ms. That is this machine's doing, and other figures have it in them: ` +
        "give it fewer users, or more machines. See agent_transports.generator_delay_ms.",
    );
  }
}
