import { AssertionError } from "./assert.ts";

/** Longer than the server waits for a reader, and shorter than a minute, which is what runners and runtimes are often given. */
export const CASE_LIMIT_MS = 50_000;

/**
 * What a whole case may take. Not every runner has a limit of its own: under `node:test` a client that never asks again would be waited for for ever, and no
 * case would be named.
 *
 * @throws AssertionError where it has not ended by then
 */
export function withinCaseLimit<Result>(body: Promise<Result>, limitMs: number = CASE_LIMIT_MS): Promise<Result> {
  return within(limitMs, body, `The case did not end within ${limitMs} ms. The client never does what the case waits for.`);
}

/** @throws AssertionError with this message where nothing has come of the promise by then */
export async function within<Result>(limitMs: number, promise: Promise<Result>, message: string): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new AssertionError(message)), limitMs);
  // What becomes of it later, when its client is closed, is no news.
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
