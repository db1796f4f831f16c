import { tellOperator } from "../observability/observe.ts";
import { misconfigured } from "../wire/errors.ts";

/** A model may think for minutes before its first word, and no longer than this: a run must end, also where its provider forgot it. */
export const MODEL_SILENCE_MS = 600_000;
const SHORT_MS = 2_000;

/** A silence is waited for in so many steps. */
const STEPS = 20;
const SHORTEST_STEP_MS = 50;

/**
 * Notices a model that says nothing for too long, from the moment that it is asked. What tools take between two answers is not its silence.
 *
 * One timer, which looks at the time when it fires: to set one for each token costs more than the token. It is set for a step only. A runtime may wait by
 * the wall clock, and where that jumps ahead, what is waited for comes at once: a step of a silence, and not the whole.
 */
export class SilenceTimeout {
  readonly #limitMs: number;
  readonly #abort = new AbortController();
  #saidAt = 0;
  /** How long it has been silent, as far as timers have seen. */
  #silentMs = 0;
  /** Whether something was said since the timer was set. */
  #said = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @throws RequestError `misconfigured` where it is no time: a timer would fire at once, and each run would fail */
  constructor(limitMs: number) {
    if (!Number.isFinite(limitMs) || limitMs <= 0) throw misconfigured("modelSilenceMs must be a number of milliseconds above 0.");
    // Most models are quicker where it is tried: those that think are then cut off, and asked again.
    if (limitMs < SHORT_MS) tellOperator(`modelSilenceMs is ${limitMs} ms, and many models think for longer. Did you mean seconds?`);
    this.#limitMs = limitMs;
  }

  /** Aborts with a `TimeoutError`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The model is asked. */
  start(): void {
    this.restart();
    this.#silentMs = 0;
    this.#timer ??= this.#startTimer();
  }

  restart(): void {
    this.#saidAt = Date.now();
    this.#said = true;
  }

  /** It has answered, or nobody listens any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #startTimer(): ReturnType<typeof setTimeout> {
    const stepMs = Math.min(Math.max(this.#limitMs / STEPS, SHORTEST_STEP_MS), this.#limitMs - this.#silentMs);
    this.#said = false;
    return setTimeout(() => {
      // Since the last word there is a part of the step, and no more than the whole: anything else is a clock that was set.
      const sinceMs = Math.min(Math.max(Date.now() - this.#saidAt, 0), stepMs);
      this.#silentMs = this.#said ? sinceMs : this.#silentMs + stepMs;
      if (this.#silentMs < this.#limitMs) this.#timer = this.#startTimer();
      else this.#abort.abort(new DOMException(`The model said nothing for ${this.#limitMs} ms.`, "TimeoutError"));
    }, stepMs);
  }
}
