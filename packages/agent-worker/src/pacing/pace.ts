/** No faster than this does a run write and send; a model at 500 tokens/s or less is never held back by a run that is alone. */
const SHORTEST_MS = 2;
/** Pieces a millisecond, over all runs of the isolate: up to so many it keeps up with whatever comes. */
const EASY_RATE = 0.6;
/** With so many it does nothing else. */
const FULL_RATE = 1.2;
/** How long a run collects then. */
const FULL_MS = 150;
/** A run waits so long, at most, for each other one: with none it does not, however late the isolate is, and for whatever reason. */
const PER_OTHER_RUN_MS = 5;
/** Who wrote within this time, or within the time before it, is a run to be waited for. */
const ACTIVE_WITHIN_MS = 1_000;
/** So late is an isolate now and then that has time: a collection of garbage, a slow disk. */
const USUAL_LAG_MS = 10;
/** How long a run collects, in units of how late the isolate is: then the lateness falls. */
const WINDOW_PER_LAG = 3;
/** No token waits longer for others, however late the isolate is. */
const LONGEST_MS = 500;
/** How far back both measures look. */
const MEMORY_MS = 200;
/** One timer in so long measures the lateness of all runs. */
const PROBE_EVERY_MS = 20;

/**
 * How long a run collects what its model says before it writes and sends it: short, and longer the more the isolate has to write.
 *
 * All Agents of a class share an isolate, which is one thread. A piece costs it about a millisecond, whether there is one word in it or ten:
 * the streams, the row, its commit, the send. An isolate with more pieces than that falls behind without end, and everybody waits for
 * seconds. With fewer and longer ones everybody waits for a bounded moment. A run that is alone is not slowed.
 *
 * Two measures, the longer one decides: how many pieces are written, for a machine like the one this was measured on, and how late a timer
 * fires, for one that is slower or has more to do. A deployed Worker's clock may hide the second.
 */
export class Pace {
  readonly #now: () => number;
  readonly #soon: (task: () => void) => void;
  /** Pieces, each the lighter the longer ago it was. */
  #weight = 0;
  #weighedAt = 0;
  #lagMs = 0;
  #lagAt = 0;
  #probedAt = -Infinity;
  #writers: Set<string> = new Set();
  #activeRuns = 1;
  #activeSince = 0;

  /** @param soon calls in another turn, as soon as the isolate comes to it */
  constructor(now: () => number = Date.now, soon: (task: () => void) => void = (task) => void setTimeout(task, 0)) {
    this.#now = now;
    this.#soon = soon;
  }

  /** A piece was written, of this run. */
  count(run: string): void {
    const now = this.#now();
    this.#countActive(run, now);
    this.#weight = faded(this.#weight, this.#weighedAt, now) + 1;
    this.#weighedAt = now;
    // No lateness lengthens the window of a run that is alone. A timer for each of its tokens would wake the isolate once more for each.
    if (this.#others === 0) return;
    // The agent whose timer it is may die before it fires: the next probe does not wait for it. A clock may be set back.
    if (now < this.#probedAt + PROBE_EVERY_MS && now >= this.#probedAt) return;
    this.#probedAt = now;
    this.#soon(() => {
      const then = this.#now();
      // Up at once and down slowly: what has piled up must be worked off too.
      this.#lagMs = Math.max(then - now, faded(this.#lagMs, this.#lagAt, then));
      this.#lagAt = then;
    });
  }

  windowMs(): number {
    const now = this.#now();
    const rate = faded(this.#weight, this.#weighedAt, now) / MEMORY_MS;
    const load = Math.min(Math.max((rate - EASY_RATE) / (FULL_RATE - EASY_RATE), 0), 1);
    const lateMs = Math.max(faded(this.#lagMs, this.#lagAt, now) - USUAL_LAG_MS, 0);
    const longestMs = Math.min(SHORTEST_MS + PER_OTHER_RUN_MS * this.#others, LONGEST_MS);
    return Math.min(SHORTEST_MS + Math.max((FULL_MS - SHORTEST_MS) * load, WINDOW_PER_LAG * lateMs), longestMs);
  }

  /** How many runs write beside one. */
  get #others(): number {
    return Math.max(this.#activeRuns, this.#writers.size, 1) - 1;
  }

  /** Not the runs that began and did not end: of those that died with their agent nobody would tell. */
  #countActive(run: string, now: number): void {
    if (now >= this.#activeSince + ACTIVE_WITHIN_MS || now < this.#activeSince) {
      this.#activeSince = now;
      this.#activeRuns = this.#writers.size;
      this.#writers = new Set();
    }
    this.#writers.add(run);
  }
}

function faded(value: number, at: number, now: number): number {
  return value * Math.exp(Math.min(at - now, 0) / MEMORY_MS);
}

/** The isolate's own. */
export const pace: Pace = new Pace();
