import type { RunLog } from "./log.ts";

/** How long runs are kept once they have ended. A run that is being generated is always kept. */
export interface Retention {
  /** Events of runs that ended longer ago are deleted, in milliseconds: at the latest when a 24th of it more has passed. Default: 7 days. */
  readonly maxAgeMs: number;
  /** So many ended runs are kept, the newest. Default 1,000. */
  readonly maxRuns: number;
  /** For so long a deleted run's id and its key are answered with `run_gone`. Then it is forgotten: its id is `run_not_found`, its key free. Default: 30 days. */
  readonly tombstoneMs: number;
}

const DAY_MS = 86_400_000;

export const DEFAULT_RETENTION: Retention = { maxAgeMs: 7 * DAY_MS, maxRuns: 1_000, tombstoneMs: 30 * DAY_MS };

/** An agent that answers all day is not woken for each run that has grown too old: so many times in `maxAgeMs` at most. */
const WAKES_PER_MAX_AGE = 24;

/** Deletes what need not be kept: by count as runs end, by age when the agent's alarm says so. */
export class RunExpiry {
  readonly #log: RunLog;
  readonly #retention: () => Retention;
  readonly #wakeAt: (time: number) => void;
  /** Ended runs with events; counted once after each start of the object, so that no run's end pays for a count. */
  #kept: number | undefined;
  /** For when {@link sweep} was last asked for. In the life before, it may have been, too: that is `#wakeAt`'s to find out. */
  #wakesAt = Number.POSITIVE_INFINITY;

  /** @param wakeAt sees to it that {@link sweep} is called then or soon after, also if the object has slept or died since */
  constructor(log: RunLog, retention: () => Retention, wakeAt: (time: number) => void) {
    this.#log = log;
    this.#retention = retention;
    this.#wakeAt = wakeAt;
  }

  /** A run has ended. */
  ended(now: number): void {
    const { maxRuns, maxAgeMs } = this.#retention();
    this.#kept = this.#kept === undefined ? this.#log.countKept() : this.#kept + 1;
    if (this.#kept > maxRuns) this.#kept -= this.#log.expireBeyond(maxRuns, now);
    if (this.#wakesAt <= now + maxAgeMs) return;
    this.#wakesAt = now + maxAgeMs;
    this.#wakeAt(this.#wakesAt);
  }

  /** Deletes what is too old. Gives back when to call it again; `undefined` where nothing is left that will grow old. */
  sweep(now: number): number | undefined {
    const { maxAgeMs, tombstoneMs } = this.#retention();
    const expired = this.#log.expireEndedBefore(now - maxAgeMs, now);
    this.#log.forgetGoneBefore(now - tombstoneMs);
    if (this.#kept !== undefined) this.#kept -= expired;
    const { endedAt, goneAt } = this.#log.oldest();
    // Tombstones alone can wait: a run that ends before they are due asks for an earlier call.
    const due = endedAt === null ? (goneAt ?? Number.POSITIVE_INFINITY) + tombstoneMs : endedAt + maxAgeMs;
    this.#wakesAt = Math.max(due, now + Math.max(maxAgeMs / WAKES_PER_MAX_AGE, 1_000));
    return this.#wakesAt === Number.POSITIVE_INFINITY ? undefined : this.#wakesAt;
  }
}

/**
 * Which of the schedules that stand are of use to one who needs a call at `at`. One whose time has come is not: its call may be under way, and may have looked at
 * the log already.
 *
 * @param schedules with times in seconds, as the SDK has them
 */
export function standing<Schedule extends { readonly time: number }>(
  schedules: readonly Schedule[],
  at: number,
  now: number,
): { readonly comesInTime: boolean; readonly later: readonly Schedule[] } {
  const toCome = schedules.filter(({ time }) => time * 1_000 > now);
  return { comesInTime: toCome.some(({ time }) => time * 1_000 <= at), later: toCome };
}
