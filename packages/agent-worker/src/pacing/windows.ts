import { pace } from "./pace.ts";

/**
 * At which windows a token waits on its way from the provider to the readers, and for how long each. Each is a `Throttle`: after a quiet moment a token
 * waits at none of them.
 *
 * | | what is collected | window | a token of text | anything else |
 * |---|---|---|---|---|
 * | 1 | the provider's events, before the AI SDK parses them (`joiningFetch`; a model that was made without it has no such window) | {@link providerWindowMs}: 2 ms, up to 500 ms in a busy isolate | waits | waits |
 * | 2 | the model's parts, before the AI SDK's chain of streams (`coalesceDeltas`) | {@link CHAIN_WINDOW_MS}: 2 ms | goes past the chain | waits |
 * | 3 | text that goes past that chain (`TextFastPath`) | {@link textWindowMs}: half of the first, 1 ms, up to 250 ms | waits | – |
 * | 4 | events, before they are written to the log and sent (`LiveRun`) | {@link LOG_WINDOW_MS}: 2 ms | waits | waits |
 *
 * They add up only where a token just misses each: one that was let through by the first comes when the others' windows, which are not longer, have ended.
 */

/** 1: as long as the isolate needs to keep up. */
export const providerWindowMs = (): number => pace.windowMs();

/** 2: a model at 500 tokens/s or less is passed on token by token. */
export const CHAIN_WINDOW_MS = 2;

/** 3: half of the first, because what comes through that one comes a whole window apart, and is not to wait a second time. */
export const textWindowMs = (): number => providerWindowMs() / 2;

/** 4: no faster than this does a run write and send; a model at 500 tokens/s or less is never held back. */
export const LOG_WINDOW_MS = 2;

/** So much may wait at one of them, in UTF-16 units or bytes: then no more is read of what comes before it, and a run, which reads nothing, writes. */
export const WAITING_MAX = 65_536;
