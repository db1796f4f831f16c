import { misconfigured } from "../wire/errors.ts";

/** A model may think for minutes before its first word, and no longer than this: a run must end, also where its provider forgot it. */
export const MODEL_SILENCE_MS = 600_000;

/**
 * Notices a model that says nothing for too long, from the moment that it is asked. What tools take between two answers is not its silence.
 *
 * One timer, which looks at the time when it fires: to set one for each token costs more than the token.
 */
export class SilenceTimeout {
  readonly #limitMs: number;
  readonly #abort = new AbortController();
  #saidAt = 0;
  /** Whether something was said since the timer was set. */
  #said = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @throws RequestError `misconfigured` where it is no time: a timer would fire at once, and each run would fail */
  constructor(limitMs: number) {
    if (!Number.isFinite(limitMs) || limitMs <= 0) throw misconfigured("modelSilenceMs must be a number of milliseconds above 0.");
    this.#limitMs = limitMs;
  }

  /** Aborts with a `TimeoutError`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The model is asked. */
  start(): void {
    this.restart();
    this.#timer ??= this.#startTimer(this.#limitMs);
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

  #startTimer(ms: number): ReturnType<typeof setTimeout> {
    this.#said = false;
    return setTimeout(() => {
      if (!this.#said) return this.#abort.abort(new DOMException(`The model said nothing for ${this.#limitMs} ms.`, "TimeoutError"));
      const leftMs = this.#saidAt + this.#limitMs - Date.now();
      // Of what was said since the timer was set, something is left, and no more than the whole: anything else is a clock that was set.
      this.#timer = this.#startTimer(leftMs > 0 && leftMs < this.#limitMs ? leftMs : this.#limitMs);
    }, ms);
  }
}
