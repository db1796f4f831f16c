import type { RetryOptions } from "../interface/client.ts";

/** Waits between tries, PROTOCOL.md §6. */

export const RETRY_BASE_MS = 500;
export const RETRY_CAP_MS = 30_000;
/** Some 23 days. A timer that is to wait 2^31 ms or longer fires at once, and a server would be asked again and again. */
export const WAIT_MAX_MS = 2_000_000_000;
/** §6: the longest wait that a server can ask for. It can ask again. */
const ASKED_WAIT_MAX_MS = 86_400_000;

/**
 * How long to wait before try `attempt` (1 is the first after a loss), in milliseconds.
 *
 * Full jitter, as in Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): of the schemes compared there it
 * spreads a herd best for the least work. The first try after a loss comes at once, but for a tenth of the base.
 *
 * @param random uniform in [0, 1)
 * @param atLeastMs what the server asked for (`Retry-After`, `retry:`); jitter is added to it, so that a herd that was told the same does not come back as one
 */
export function retryDelayMs(attempt: number, options: RetryOptions = {}, random: number = Math.random(), atLeastMs = 0): number {
  const base = options.baseMs ?? RETRY_BASE_MS;
  const cap = options.capMs ?? RETRY_CAP_MS;
  const ceiling = Math.min(cap, attempt <= 1 ? base / 10 : base * 2 ** (attempt - 2));
  const wait = atLeastMs > 0 ? atLeastMs + random * Math.max(ceiling, base) : random * ceiling;
  return Math.min(wait, WAIT_MAX_MS);
}

/** What a client makes of the wait that a server asks for, in milliseconds: nothing of what is no number above 0. */
export function askedWaitMs(ms: number): number {
  return ms > 0 ? Math.min(ms, ASKED_WAIT_MAX_MS) : 0;
}
