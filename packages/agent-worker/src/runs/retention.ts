import type { RunLog } from "./log.ts";

/** How long runs are kept once they have ended. A run that is being generated is always kept. */
export interface Retention {
  /** Events of runs that ended longer ago are deleted, in milliseconds: at the latest when a 24th of it more has passed. Default: 7 days. */
  readonly maxAgeMs: number;
  /** So many ended runs are kept, the newest. Default 1,000. */
  readonly maxRuns: number;
  /**
   * Beyond so many bytes of the agent's SQLite, the runs that ended first are deleted: the conversation and an author's own tables count too, and are not
   * deleted. The run that ended last stays. Default: 4,000,000,000, so that the runs which are alive have room in the 10 GB of an object.
   */
  readonly maxBytes: number;
  /** For so long a deleted run's id and its key are answered with `run_gone`. Then it is forgotten: its id is `run_not_found`, its key free. Default: 30 days. */
  readonly tombstoneMs: number;
}

const DAY_MS = 86_400_000;

export const DEFAULT_RETENTION: Retention = { maxAgeMs: 7 * DAY_MS, maxRuns: 1_000, maxBytes: 4_000_000_000, tombstoneMs: 30 * DAY_MS };

/** An agent that answers all day is not woken for each run that has grown too old: so many times in `maxAgeMs` at most. */
const WAKES_PER_MAX_AGE = 24;

/** To delete a large log takes its time, and this happens in the turn in which a run ends: one comes and so many go, until there is room. */
const OVERSIZED_AT_ONCE = 16;

/** Deletes what need not be kept: by count and by bytes as runs end, by age when the agent's alarm says so. */
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
    const { maxRuns, maxBytes, maxAgeMs } = this.#retention();
    this.#kept = this.#kept === undefined ? this.#log.countKept() : this.#kept + 1;
    if (this.#kept > maxRuns) this.#kept -= this.#log.expireBeyond(maxRuns, now);
    this.#kept -= this.#expireBeyondBytes(maxBytes, now);
    if (this.#wakesAt <= now + maxAgeMs) return;
    this.#wakesAt = now + maxAgeMs;
    this.#wakeAt(this.#wakesAt);
  }

  /** The agent wakes, and its storage took no more in the life before. */
  makeRoom(now: number): void {
    this.#log.expireOldest(OVERSIZED_AT_ONCE, now);
  }

  /** The agent has woken. */
  woke(now: number): void {
    this.#expireBeyondBytes(this.#retention().maxBytes, now);
  }

  #expireBeyondBytes(maxBytes: number, now: number): number {
    let all = 0;
    while (all < OVERSIZED_AT_ONCE && this.#log.bytes > maxBytes) {
      const expired = this.#log.expireOldest(1, now, 1);
      if (expired === 0) break;
      all += expired;
    }
    return all;
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
