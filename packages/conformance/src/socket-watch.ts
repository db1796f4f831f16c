import { HEARTBEAT_MAX_MS, HEARTBEAT_MIN_MS, HEARTBEAT_PERIODS_UNTIL_DEAD, READING_MS, STOOD_STILL_MS } from "@agent-transports/protocol";

interface WatchOptions {
  /** The period that the client was told, or asked for. What is none is not watched: such a client promises no pings. */
  readonly heartbeatMs: number | undefined;
  /** Whether the socket follows a run that goes on, and its server hears what comes. */
  readonly follows: () => boolean;
  readonly onSilent: (ms: number) => void;
}

/** Ends a socket that follows a run and of which nothing was heard for two periods, as an agent does (PROTOCOL.md §4.5). */
export class SocketWatch {
  readonly #options: WatchOptions;
  readonly #limitMs: number;
  #heardAt = 0;
  #busyUntil = 0;
  /** The process stood still, and reads what came meanwhile until then (PROTOCOL.md §6). */
  #readingUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { heartbeatMs = Infinity } = options;
    this.#limitMs = HEARTBEAT_PERIODS_UNTIL_DEAD * Math.min(Math.max(heartbeatMs, HEARTBEAT_MIN_MS), HEARTBEAT_MAX_MS);
  }

  /** A frame came, or the socket begins to follow a run. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#busyUntil = 0;
    if (this.#options.heartbeatMs !== undefined) this.#timer ??= setTimeout(() => this.#look(), this.#limitMs);
  }

  /** Its next frame is large: it may take so long to go up. */
  busy(ms: number): void {
    this.#busyUntil = performance.now() + ms;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    if (!this.#options.follows()) return; // Heard of again once it does.
    const now = performance.now();
    const silentAt = Math.max(this.#heardAt, this.#busyUntil) + this.#limitMs;
    if (now < Math.max(silentAt, this.#readingUntil)) return this.#lookAt(Math.max(silentAt, this.#readingUntil), now);
    if (now - silentAt <= STOOD_STILL_MS || this.#readingUntil > silentAt) return this.#options.onSilent(now - this.#heardAt);
    this.#readingUntil = now + READING_MS;
    this.#lookAt(this.#readingUntil, now);
  }

  #lookAt(time: number, now: number): void {
    this.#timer = setTimeout(() => this.#look(), time - now);
  }
}
