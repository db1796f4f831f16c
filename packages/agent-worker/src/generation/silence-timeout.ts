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
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Aborts with a `TimeoutError`. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The model is asked. */
  start(): void {
    this.#saidAt = Date.now();
    this.#timer ??= this.#startTimer(this.#limitMs);
  }

  restart(): void {
    this.#saidAt = Date.now();
  }

  /** It has answered, or nobody listens any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #startTimer(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const leftMs = this.#saidAt + this.#limitMs - Date.now();
      if (leftMs > 0) this.#timer = this.#startTimer(leftMs);
      else this.#abort.abort(new DOMException(`The model said nothing for ${this.#limitMs} ms.`, "TimeoutError"));
    }, ms);
  }
}
