import { pace } from "./pace.ts";

/**
 * At which windows a token waits on its way from the provider to the readers, and for how long. Each window is a throttle: after a quiet moment a token
 * waits at none of them.
 *
 * | | what is collected | window | a token of text | anything else |
 * |---|---|---|---|---|
 * | 1 | the provider's events, before the AI SDK parses them (`joiningFetch`; only a model that uses it has this window) | {@link providerWindowMs}: 2 ms, up to 500 ms in a busy isolate | at the durability `window`: for that window if it is longer | waits |
 * | 2 | the model's parts, before the AI SDK's chain of streams (`coalesceDeltas`) | {@link CHAIN_WINDOW_MS}: 2 ms | does not take this way | waits |
 * | 3 | text that goes past that chain (`TextFastPath`) | {@link textWindowMs}: 1 ms, up to 250 ms in a busy isolate | waits | does not take this way |
 * | 4 | events, before they are written to the log and sent (`LiveRun`) | {@link LOG_WINDOW_MS}: 2 ms | at the durability `window`: for that window | waits |
 *
 * The waits seldom add up. What waited at the first window comes a whole window behind what went before it, and by then the later windows, which are not
 * longer, have ended or nearly so.
 *
 * What each is worth: one was switched off at a time, on 2026-11-29. Medians of three rounds or more, in each of which the build as it is ran too, over SSE.
 *
 * | without | load | level | time | CPU of a token | rows |
 * |---|---|---|--:|--:|--:|
 * | 1 | 5,000 tokens of text as fast as they come | `event` | 3.7 × | 4.0 × | 3.9 × |
 * | 1 | the same | `window` | 3.0 × | 3.4 × | 1.3 × |
 * | 2 | a tool's input of 2,000 pieces as fast as they come | `event` | 3.5 × | 3.7 × | 1.8 × |
 * | 2 | the same | `window` | 2.6 × | 3.4 × | 1.4 × |
 * | 3 | 20 runs at 50 tokens/s, of a model that does not use `joiningFetch` | `event` | 2.8 ×; p50 3,116 and not 666 ms | 1.15 × | 2.0 × |
 * | 4 | a tool's input of 300 pieces at 50/s | `window` | as long; p50 3 and not 43 ms | 1.3 × | 4.2 × |
 *
 * Behind the first window, text waits at no other: without 3 or 4 its figures stay the same. Those two are for models that do not use `joiningFetch`, and 4
 * for an author's own stream too. It bounds the rows of any run.
 */

/** 1: as long as the isolate needs to keep up. */
export const providerWindowMs = (): number => pace.windowMs();

/** 1, of text. @param leastMs the window of the run's durability; 0 where it has none */
export function providerDeltas(leastMs: number): { readonly windowMs: () => number; readonly share: number } {
  return leastMs === 0
    ? { windowMs: providerWindowMs, share: 1 }
    : { windowMs: () => Math.max(providerWindowMs(), leastMs), share: PROVIDER_WINDOW_SHARE };
}

/** 2: a model at 500 tokens/s or less is passed on token by token. */
export const CHAIN_WINDOW_MS = 2;

/** 3: half of the first. What that one has joined comes a whole window apart, and is not to wait a second time. */
export const textWindowMs = (): number => providerWindowMs() / 2;

/** 4: no faster than this does a run write and send; a model at 500 tokens/s or less is never held back. */
export const LOG_WINDOW_MS = 2;

/**
 * 1 and 4, at the durability `window`: after this share of the window, the next delta goes on at once and takes what waits with it. The share of 4 is the
 * smaller one: what 1 lets through waits no second time.
 *
 * At 125 ms that is after 112 and 105 ms. Where tokens come 20 ms apart, each sixth goes on. After 100 ms, it would be the fifth or the sixth by chance.
 */
const PROVIDER_WINDOW_SHARE = 0.9;
export const LOG_WINDOW_SHARE = 0.84;

/** More readers than an agent allows by default: below, no run waits for its readers. */
const MANY_READERS = 500;
/** What a write to one reader costs the thread of the isolate, 0.035 to 0.055 ms, and half as much again for what else it does (`bench scale`). */
const PER_READER_MS = 0.08;
const READERS_LONGEST_MS = 500;

/**
 * 4, of deltas, where a run has very many readers: as long as one round of writes to all of them takes. A round that began sooner would wait for the one before
 * it, and the rounds would pile up behind each other.
 */
export function readersWindowMs(readers: number): number {
  return readers <= MANY_READERS ? 0 : Math.min(readers * PER_READER_MS, READERS_LONGEST_MS);
}

/**
 * How much may wait at each, in UTF-16 units or bytes. Beyond it the first three read no more of what comes before them. The fourth is written: so much a
 * fast generation costs in memory, and so much one reader is sent at once.
 */
export const WAITING_MAX = 65_536;
