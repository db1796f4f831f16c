import { abortedError } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";

/** What the application has sent up into one run and waits for. Nothing of it outlives the run's end for long. */
export class Requests {
  readonly #graceMs: number;
  readonly #inputs = new Set<AbortController>();
  readonly #cancels = new Set<AbortController>();
  #ended = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param graceMs how long what is on its way is still tried once the run has ended */
  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Inputs that wait for their answer. */
  get inputs(): number {
    return this.#inputs.size;
  }

  /** @param send stops trying when its signal fires */
  input(send: (signal: AbortSignal) => Promise<string>): Promise<string> {
    return this.#ask(this.#inputs, send);
  }

  /**
   * A run that has ended needs no cancelling. A request that is under way then has its grace too: to abort it would cost its connection, over HTTP/1.1, and
   * whatever comes next would have to make another.
   */
  async cancel(send: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#ended) return;
    try {
      await this.#ask(this.#cancels, send);
    } catch (error) {
      // Whatever the answer was: there is nothing left to cancel.
      if (!this.#ended) throw error;
    }
  }

  /** The run has ended, at the agent too. */
  end(): void {
    this.#ended = true;
    if (this.#inputs.size + this.#cancels.size > 0) this.#limit();
  }

  async #ask<Answer>(waiting: Set<AbortController>, send: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const over = new AbortController();
    waiting.add(over);
    if (this.#ended) this.#limit();
    try {
      return await unlessAborted(send(over.signal), over.signal);
    } finally {
      waiting.delete(over);
      this.#rest();
    }
  }

  /** An agent that is there answers at once: that it took the input before the end, or `run_ended`. */
  #limit(): void {
    this.#timer ??= setTimeout(() => {
      for (const over of [...this.#inputs, ...this.#cancels]) over.abort(endedError());
    }, this.#graceMs);
  }

  #rest(): void {
    if (this.#inputs.size + this.#cancels.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function endedError(): TransportError {
  return new TransportError({ code: "run_ended", message: "The run ended before this input was confirmed." });
}

/** @throws TransportError the signal's reason, as soon as it fires; what the promise brings then is nobody's */
export function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let abort!: () => void;
  return new Promise<Result>((resolve, reject) => {
    abort = () => reject(abortedError(signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject);
  }).finally(() => signal.removeEventListener("abort", abort));
}
