import { TransportError } from "../errors.ts";
import { isRetryableStatus, type RetryOptions } from "../retry.ts";
import { afterLoss, FIRST_TRY, type Tries } from "./tries.ts";

/** A failure after which another try is worth it. */
export class LostError extends TransportError {
  /** What the server asked for, in milliseconds. */
  readonly atLeastMs: number;

  constructor(message: string, options: { readonly status?: number; readonly cause?: unknown; readonly atLeastMs?: number } = {}) {
    super({ code: "connection_lost", message }, options);
    this.atLeastMs = options.atLeastMs ?? 0;
  }
}

/** An error that a server answered: {@link LostError} where another try is worth it. */
export function answered(error: TransportError, atLeastMs = 0): TransportError {
  if (error.status === undefined || !isRetryableStatus(error.status)) return error;
  return new LostError(error.message, { status: error.status, cause: error, atLeastMs });
}

/** What one try tells about itself. */
export interface Attempt {
  /** 0 is the very first. */
  readonly number: number;
  /** The connection is open. */
  opened(): void;
  /** It delivered something new: the count of tries starts again. */
  progress(): void;
}

export interface PersistOptions {
  readonly retry: RetryOptions;
  /** An open connection of this age has proven itself, in milliseconds. */
  readonly heartbeatMs: number;
  readonly signal: AbortSignal;
  readonly onWaiting?: (attempt: number, delayMs: number, error: TransportError) => void;
}

/**
 * Tries until one succeeds, by the retry policy.
 *
 * @param attempt rejects with a {@link LostError} where another try is worth it; what is no TransportError is taken for one
 * @throws TransportError `retries_exhausted`; `aborted` once the signal fires; whatever other TransportError `attempt` rejected with
 */
export async function persist<Result>(attempt: (attempt: Attempt) => Promise<Result>, options: PersistOptions): Promise<Result> {
  let tries: Tries = FIRST_TRY;
  for (;;) {
    let openedAt: number | undefined;
    let progressed = false;
    options.signal.throwIfAborted();
    try {
      return await attempt({
        number: tries.attempt,
        opened: () => {
          openedAt = performance.now();
        },
        progress: () => {
          progressed = true;
        },
      });
    } catch (cause) {
      options.signal.throwIfAborted();
      // Not only the network fails: the application's own query or headers may have to ask over the network that was just lost.
      const error = cause instanceof TransportError ? cause : new LostError("Not connected.", { cause });
      if (!(error instanceof LostError)) throw error;
      const proven = progressed || (openedAt !== undefined && performance.now() - openedAt >= options.heartbeatMs);
      const next = afterLoss(tries, { proven, atLeastMs: error.atLeastMs }, options.retry, Math.random());
      if (next === undefined) {
        throw new TransportError(
          { code: "retries_exhausted", message: `Gave up after ${options.retry.maxTries} tries: ${error.message}` },
          { status: error.status, cause: error },
        );
      }
      tries = next.tries;
      options.onWaiting?.(tries.attempt, next.delayMs, error);
      if (next.delayMs > 0) await sleep(next.delayMs, options.signal);
    }
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal.addEventListener("abort", abort, { once: true });
  });
}
