import { retryDelayMs, type RetryOptions } from "../retry.ts";

/** The tries of one connection, PROTOCOL.md §6. Pure: `afterLoss` gives the next state and what to do. */
export interface Tries {
  /** Which try comes next: 0 is the very first, 1 the first after a loss. */
  readonly attempt: number;
  /** Tries in a row that delivered nothing. */
  readonly failures: number;
}

export const FIRST_TRY: Tries = { attempt: 0, failures: 0 };

export interface Loss {
  /** Whether the connection that was lost had delivered a new event, or had been open for a heartbeat period. */
  readonly proven: boolean;
  /** What the server asked for, in milliseconds; 0 where it asked for nothing. */
  readonly atLeastMs: number;
}

/** @returns the tries from here on and the wait before the next one in milliseconds; `undefined` where the limit is reached */
export function afterLoss(
  tries: Tries,
  loss: Loss,
  retry: RetryOptions,
  random: number,
): { readonly tries: Tries; readonly delayMs: number } | undefined {
  const failures = loss.proven ? 0 : tries.failures + 1;
  if (retry.maxTries !== undefined && failures >= retry.maxTries) return undefined;
  const attempt = loss.proven ? 1 : tries.attempt + 1;
  return { tries: { attempt, failures }, delayMs: retryDelayMs(attempt, retry, random, loss.atLeastMs) };
}
