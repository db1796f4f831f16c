import { HEARTBEAT_PERIODS_UNTIL_DEAD, READING_MS, STOOD_STILL_MS } from "@agent-transports/protocol";

interface WatchOptions {
  /** The period in which the client promised a `ping`, in ms; `undefined` where it promised none. */
  readonly heartbeatMs: number | undefined;
  /** When its credentials end, in ms since 1970. */
  readonly expiresAt: number | undefined;
  /** When the runtime last answered a ping for us, in ms since 1970; 0 if never. */
  readonly lastPingAt: () => number;
  /** Whether a run that it follows is being generated: then the agent is awake anyway. */
  readonly generating: () => boolean;
  readonly onSilent: (ms: number) => void;
  readonly onExpired: () => void;
}

/**
 * Watches a socket while it follows runs, PROTOCOL.md §4.5 and §8.1: one timer, which looks at the time when it fires.
 *
 * A timer keeps the agent from sleeping, and the day that a grant lasts is long. So a socket that follows no run is not watched. One whose runs have all
 * ended and that has not taken their events yet is looked at once more, for its silence: a peer that is gone is closed, and one that is slow may stay.
 */
export class SocketWatch {
  readonly #options: WatchOptions;
  #heardAt: number;
  /** What the runtime said last of the client's pings. */
  #lastPingAt = 0;
  /** Until when the client may be sending one large frame. */
  #busyUntil = 0;
  #busyMs = 0;
  /** The isolate was busy, and what came meanwhile is read until then. */
  #readingUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#heardAt = Date.now();
    this.#arm(true);
  }

  /** A frame came. */
  heard(): void {
    this.#heardAt = Date.now();
    if (this.#busyUntil === 0) return;
    // The timer may be set for long after the two periods that count again.
    this.#busyUntil = 0;
    this.reconsider();
  }

  /** The client says that its next frame is large: no ping can come before the end of it. */
  busy(ms: number): void {
    this.#busyUntil = Date.now() + ms;
    this.#busyMs = ms;
  }

  /** A run that it follows has begun or ended. */
  reconsider(): void {
    clearTimeout(this.#timer);
    this.#arm(true);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** @param again whether to look once more where no run is being generated */
  #arm(again: boolean): void {
    const { heartbeatMs, expiresAt, generating } = this.#options;
    const now = Date.now();
    const heardAt = this.#lastHeardAt(now);
    const silentAt =
      heartbeatMs === undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(Math.max(heardAt, this.#busyUntil) + heartbeatMs * HEARTBEAT_PERIODS_UNTIL_DEAD, this.#readingUntil);
    if (now >= (expiresAt ?? Number.POSITIVE_INFINITY)) return this.#options.onExpired();
    if (now >= silentAt) {
      // The isolate was busy: pings that came meanwhile are not read yet (PROTOCOL.md §6).
      const isLate = now - silentAt > STOOD_STILL_MS && this.#readingUntil < heardAt + READING_MS;
      if (!isLate) return this.#options.onSilent(now - heardAt);
      this.#readingUntil = now + READING_MS;
      return this.#arm(true);
    }
    const live = generating();
    if (!live && !again) return;
    const next = Math.min(silentAt, live && expiresAt !== undefined ? expiresAt : Number.POSITIVE_INFINITY);
    // A delay is at most 2^31 − 1 ms: whoever's credentials hold longer is looked at once a day.
    if (next !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#arm(false), Math.min(next - now, 86_400_000));
  }

  /** A time to come is one of a clock that was set back since: from now on it is no later than now, so that a silence is noticed all the same. */
  #lastHeardAt(now: number): number {
    const pingAt = this.#options.lastPingAt();
    // Another one, whatever the clock said: a client that pings is there.
    if (pingAt !== this.#lastPingAt) this.#heardAt = Math.max(Math.min(this.#heardAt, now), Math.min(pingAt, now));
    this.#lastPingAt = pingAt;
    this.#heardAt = Math.min(this.#heardAt, now);
    this.#busyUntil = Math.min(this.#busyUntil, now + this.#busyMs);
    this.#readingUntil = Math.min(this.#readingUntil, now + READING_MS);
    return this.#heardAt;
  }
}
