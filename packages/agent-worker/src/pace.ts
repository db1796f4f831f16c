/** No faster than this does a run write and send; a model at 500 tokens/s or less is never held back by a run that is alone. */
const SHORTEST_MS = 2;
/** No token waits longer for others, however busy the isolate is. */
const LONGEST_MS = 100;
/** Pieces a millisecond, over all runs of the isolate: up to so many it keeps up with whatever comes. */
const EASY_RATE = 0.6;
/** With so many it does nothing else. */
const FULL_RATE = 1.2;
/** How far back the rate looks. */
const MEMORY_MS = 200;

/**
 * How long a run collects what its model says before it writes and sends it: short, and longer the more the isolate has to write.
 *
 * All Agents of a class share an isolate, which is one thread. A piece costs it about a millisecond, whether there is one word in it or ten:
 * the streams, the row, its commit, the send. An isolate with more pieces than that falls behind without end, and everybody waits for
 * seconds. With fewer and longer ones everybody waits for a bounded moment. A run that is alone is not slowed.
 */
export class Pace {
  readonly #now: () => number;
  /** Pieces, each the lighter the longer ago it was. */
  #weight = 0;
  #at = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A piece was written. */
  count(): void {
    this.#weight = this.#faded() + 1;
    this.#at = this.#now();
  }

  windowMs(): number {
    const load = (this.#faded() / MEMORY_MS - EASY_RATE) / (FULL_RATE - EASY_RATE);
    return SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * Math.min(Math.max(load, 0), 1);
  }

  #faded(): number {
    return this.#weight * Math.exp(Math.min(this.#at - this.#now(), 0) / MEMORY_MS);
  }
}

/** The isolate's own. */
export const pace: Pace = new Pace();
