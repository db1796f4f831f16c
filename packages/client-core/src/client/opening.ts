import { abortedError, asTransportError } from "../errors/failures.ts";
import type { TransportError } from "../errors/transport-error.ts";

/** A connection that is being opened, and who waits for it. */
interface Attempt {
  readonly abort: AbortController;
  readonly callers: Set<Caller>;
}

interface Caller {
  resolve(): void;
  reject(error: TransportError): void;
}

/** Opens one connection at a time, for as many as wait for it, and for as long as anybody does. */
export class Opening {
  readonly #open: (signal: AbortSignal) => Promise<void>;
  #attempt: Attempt | undefined;
  #closed: TransportError | undefined;

  /** @param open its signal fires when nobody waits any longer, with a TransportError */
  constructor(open: (signal: AbortSignal) => Promise<void>) {
    this.#open = open;
  }

  /** @param signal of this caller alone */
  join(signal: AbortSignal | undefined): Promise<void> {
    const joined = this.#join(signal);
    // Whoever does not look at it learns of the failure from the next run.
    joined.catch(() => undefined);
    return joined;
  }

  close(error: TransportError): void {
    this.#closed = error;
    this.#attempt?.abort.abort(error);
  }

  async #join(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    if (signal?.aborted === true) throw abortedError(signal.reason);
    const attempt = (this.#attempt ??= this.#begin());
    const { abort, callers } = attempt;
    let leave: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const caller: Caller = { resolve, reject };
        callers.add(caller);
        leave = () => {
          const error = abortedError(signal?.reason);
          callers.delete(caller);
          reject(error);
          if (callers.size > 0) return;
          // First: who comes now waits for another one.
          if (this.#attempt === attempt) this.#attempt = undefined;
          abort.abort(error);
        };
        signal?.addEventListener("abort", leave);
      });
    } finally {
      if (leave !== undefined) signal?.removeEventListener("abort", leave);
    }
  }

  #begin(): Attempt {
    const attempt: Attempt = { abort: new AbortController(), callers: new Set() };
    const end = (tell: (caller: Caller) => void): void => {
      if (this.#attempt === attempt) this.#attempt = undefined;
      attempt.callers.forEach(tell);
    };
    this.#open(attempt.abort.signal).then(
      () => end((caller) => caller.resolve()),
      (error: unknown) => end((caller) => caller.reject(asTransportError(error))),
    );
    return attempt;
  }
}
