import { tellOperator } from "../observability/observe.ts";
import { misconfigured } from "../wire/errors.ts";
import { orDefault } from "./guards.ts";
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
  /**
   * For so long a deleted run's id and its key are answered with `run_gone`. Then it is forgotten, at the latest when a 24th of it more has passed: its id is
   * `run_not_found`, its key free. Default: 30 days.
   */
  readonly tombstoneMs: number;
}

const DAY_MS = 86_400_000;

export const DEFAULT_RETENTION: Retention = { maxAgeMs: 7 * DAY_MS, maxRuns: 1_000, maxBytes: 4_000_000_000, tombstoneMs: 30 * DAY_MS };

/** What an agent's author said, whole. @throws RequestError `misconfigured` */
export function checkedRetention(given: Partial<Retention>): Retention {
  const retention = { ...DEFAULT_RETENTION, ...given };
  for (const name of ["maxAgeMs", "maxRuns", "maxBytes", "tombstoneMs"] as const) {
    const value = retention[name];
    if (typeof value !== "number" || !(value >= 0)) throw misconfigured(`The retention's ${name} must be a number, 0 or above.`);
    if (name.endsWith("Ms") && looksLikeSeconds(value))
      tellOperator(`The retention's ${name} is ${value} ms, which is ${value / 1_000} s. Did you mean ${value * 1_000}?`);
  }
  // SQLite skips no half a run.
  if (Number.isFinite(retention.maxRuns) && !Number.isInteger(retention.maxRuns))
    throw misconfigured("The retention's maxRuns must be a whole number.");
  return retention;
}

/** Whole hours in seconds, and no round number of milliseconds. Somebody may mean just that: it is only asked about. */
function looksLikeSeconds(value: number): boolean {
  return value > 0 && value % 3_600 === 0 && value % 10_000 !== 0;
}

/** An agent that answers all day is not woken for each run that has grown too old, or that is to be forgotten: so many times in either time at most. */
const WAKES_PER_TIME = 24;

/** Where the author cannot say how long runs are kept, nothing is deleted, and the author is asked again: not earlier than the one, and not later than the other. */
const ASK_AGAIN_LEAST_MS = 3_600_000;
const ASK_AGAIN_MOST_MS = DAY_MS;

/**
 * A run that ends counts as ended behind the others. So one that ended while the clock was ahead dates all that end later, and they would be kept as long as the
 * clock was ahead. What is dated further ahead than this is taken for now. A clock may be set back by less for a while, and deletes nothing early by that.
 */
const AHEAD_MOST_MS = DAY_MS;

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
  /** Runs that were deleted as the agent woke, before anything could be scheduled. */
  #expiredAtWake = 0;

  /** @param wakeAt sees to it that {@link sweep} is called then or soon after, also if the object has slept or died since */
  constructor(log: RunLog, retention: () => Retention, wakeAt: (time: number) => void) {
    this.#log = log;
    this.#retention = retention;
    this.#wakeAt = wakeAt;
  }

  /** A run has ended. */
  ended(now: number): void {
    this.#kept = this.#kept === undefined ? this.#log.countKept() : this.#kept + 1;
    const retention = orDefault(this.#retention, undefined);
    if (retention === undefined) return this.#wakeBy(this.#askAgainAt(now), now);
    const { maxRuns, maxBytes, maxAgeMs, tombstoneMs } = retention;
    let expired = this.#kept > maxRuns ? this.#log.expireBeyond(maxRuns, now) : 0;
    expired += this.#expireBeyondBytes(maxBytes, now);
    this.#kept -= expired;
    // A run that was deleted before its time is to be forgotten in its own, whatever is kept beside it.
    this.#wakeBy(Math.min(dueAt(now, maxAgeMs, now), expired > 0 ? dueAt(now, tombstoneMs, now) : Number.POSITIVE_INFINITY), now);
  }

  #wakeBy(time: number, now: number): void {
    // What was asked for earlier and did not come, nobody waits for any more.
    if (time === Number.POSITIVE_INFINITY || (this.#wakesAt > now && this.#wakesAt <= time)) return;
    this.#wakesAt = time;
    this.#wakeAt(time);
  }

  /** The agent wakes, and its storage took no more in the life before. */
  makeRoom(now: number): void {
    this.#expiredAtWake += this.#log.expireOldest(OVERSIZED_AT_ONCE, now);
  }

  /** The agent has woken. */
  woke(now: number): void {
    const retention = orDefault(this.#retention, undefined);
    const expired = this.#expiredAtWake + (retention === undefined ? 0 : this.#expireBeyondBytes(retention.maxBytes, now));
    this.#expiredAtWake = 0;
    if (expired > 0) this.#wakeBy(retention === undefined ? this.#askAgainAt(now) : dueAt(now, retention.tombstoneMs, now), now);
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

  /** The longer the oldest has waited, the later: nothing need be kept to know how often the author was asked. */
  #askAgainAt(now: number): number {
    const { endedAt, goneAt } = this.#log.oldest();
    if (endedAt === null && goneAt === null) return Number.POSITIVE_INFINITY;
    const waitedMs = now - Math.min(endedAt ?? now, goneAt ?? now);
    return now + Math.min(Math.max(waitedMs / WAKES_PER_TIME, ASK_AGAIN_LEAST_MS), ASK_AGAIN_MOST_MS);
  }

  /** Deletes what is too old. Gives back when to call it again; `undefined` where nothing is left that will grow old. */
  sweep(now: number): number | undefined {
    const retention = orDefault(this.#retention, undefined);
    if (retention !== undefined) {
      this.#log.takeForNow(now, Math.min(AHEAD_MOST_MS, retention.maxAgeMs));
      const expired = this.#log.expireEndedBefore(now - retention.maxAgeMs, now);
      this.#log.forgetGoneBefore(now - retention.tombstoneMs);
      if (this.#kept !== undefined) this.#kept -= expired;
    }
    if (retention === undefined) this.#wakesAt = this.#askAgainAt(now);
    else {
      const { endedAt, goneAt } = this.#log.oldest();
      this.#wakesAt = Math.min(dueAt(endedAt, retention.maxAgeMs, now), dueAt(goneAt, retention.tombstoneMs, now));
    }
    return this.#wakesAt === Number.POSITIVE_INFINITY ? undefined : this.#wakesAt;
  }
}

/** When what has begun at `from` has had its time; not before a part of it has passed from now, in which more may have had theirs. */
function dueAt(from: number | null, timeMs: number, now: number): number {
  if (from === null) return Number.POSITIVE_INFINITY;
  return Math.max(from + timeMs, now + Math.max(timeMs / WAKES_PER_TIME, 1_000));
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
