import { HEARTBEAT_PERIODS_UNTIL_DEAD } from "@agent-transports/protocol";

interface WatchOptions {
  /** The period in which the client promised a `ping`, in ms; `undefined` where it promised none. */
  readonly heartbeatMs: number | undefined;
  /** When its credentials end, in ms since 1970. */
  readonly expiresAt: number | undefined;
  /** When the runtime last answered a ping for us, in ms since 1970; 0 if never. */
  readonly lastPingAt: () => number;
  readonly onSilent: (ms: number) => void;
  readonly onExpired: () => void;
}

/**
 * Watches a socket while it follows runs, PROTOCOL.md §4.5 and §8.1: one timer, which looks at the time when it fires. A socket that follows none is not
 * watched, because a timer would keep the agent from sleeping.
 */
export class SocketWatch {
  readonly #options: WatchOptions;
  #heardAt: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#heardAt = Date.now();
    this.#arm();
  }

  /** A frame came. */
  heard(): void {
    this.#heardAt = Date.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    const { heartbeatMs, expiresAt, lastPingAt } = this.#options;
    const now = Date.now();
    const silentAt =
      heartbeatMs === undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(this.#heardAt, lastPingAt()) + heartbeatMs * HEARTBEAT_PERIODS_UNTIL_DEAD;
    if (now >= (expiresAt ?? Number.POSITIVE_INFINITY)) return this.#options.onExpired();
    if (now >= silentAt) return this.#options.onSilent((heartbeatMs ?? 0) * HEARTBEAT_PERIODS_UNTIL_DEAD);
    const next = Math.min(silentAt, expiresAt ?? Number.POSITIVE_INFINITY);
    // A delay is at most 2^31 − 1 ms: whoever's credentials hold longer is looked at once a day.
    if (next !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#arm(), Math.min(next - now, 86_400_000));
  }
}
