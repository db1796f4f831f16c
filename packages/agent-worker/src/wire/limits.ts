import { PATIENCE_MAX, SOCKET_MAX_RUNS, UPLINK_BYTES_A_SECOND } from "@agent-transports/protocol";
import { misconfigured, RequestError } from "./errors.ts";

/** What one agent serves at most, PROTOCOL.md §8.3. */
export interface Limits {
  /** Bytes of an HTTP body or a WebSocket frame that comes in. Default 1,048,576. */
  readonly requestBytes: number;
  /** Bytes of a `prompt`, and of the text of a `message`. Default 262,144. */
  readonly promptBytes: number;
  /** JSON values of a start's messages, of its tool outputs, and of its tools, without what an application put into them. Default 20,000. */
  readonly startValues: number;
  /** Inputs a second into one run; twice as many at once, and one at least. Default 100; 0.2 is one each five seconds. */
  readonly inputsPerSecond: number;
  /** Readers of one run, over both transports. Default 100. */
  readonly readersPerRun: number;
  /** Runs that are generated at the same time. Default 100. */
  readonly liveRuns: number;
  /** Open WebSockets. Default 1,000. */
  readonly sockets: number;
  /**
   * UTF-16 units of one run's log; inputs may fill three quarters. Default 16,777,216: what goes on after a death is read whole, for which workerd's memory grew by
   * 93 to 98 MiB then, by 166 to 188 for twice as much, and by 285 to 307 for four times as much. An isolate has 128 MB.
   */
  readonly runBytes: number;
  /** Runs that one WebSocket follows: they have to fit into what outlives hibernation. Default, and most, 50. */
  readonly runsPerSocket: number;
}

export const DEFAULT_LIMITS: Limits = {
  requestBytes: 1_048_576,
  promptBytes: 262_144,
  startValues: 20_000,
  inputsPerSecond: 100,
  readersPerRun: 100,
  liveRuns: 100,
  sockets: 1_000,
  runBytes: 16_777_216,
  runsPerSocket: SOCKET_MAX_RUNS,
};

/** What is wrong with a limit; `undefined` where nothing is. */
export function limitFault(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(DEFAULT_LIMITS, name)) return `An unknown limit is set. The limits are ${Object.keys(DEFAULT_LIMITS).join(", ")}.`;
  // A rate may be one in many seconds. Less than one byte, value, reader, run or socket is none.
  const isRate = name === "inputsPerSecond";
  if (typeof value === "number" && (isRate ? value > 0 : value >= 1)) return undefined;
  return `The limit ${name} must be a number ${isRate ? "above 0" : "of at least 1"}.`;
}

/** @throws RequestError `misconfigured` where an agent's author set what cannot be */
export function withDefaults(limits: Partial<Limits>): Limits {
  const all = { ...DEFAULT_LIMITS, ...limits };
  for (const [name, value] of Object.entries(all)) {
    const fault = limitFault(name, value);
    if (fault !== undefined) throw misconfigured(fault);
  }
  return { ...all, runsPerSocket: Math.min(all.runsPerSocket, SOCKET_MAX_RUNS) };
}

/** PROTOCOL.md §4.5: no client is waited for longer than its largest frame takes at the least rate of §6, in ms. */
export function longestUploadMs({ requestBytes }: Limits): number {
  return (requestBytes / UPLINK_BYTES_A_SECOND) * 1000 * PATIENCE_MAX;
}

/** @param retryAfter seconds */
export function tooMany(message: string, limit: number, retryAfter = 1): RequestError {
  return new RequestError({ code: "too_many_requests", message, limit, retryAfter }, { "Retry-After": String(retryAfter) });
}

/** @param path of the member that is too large */
export function tooLarge(message: string, limit: number, path?: string): RequestError {
  return new RequestError({ code: "payload_too_large", message, limit, ...(path === undefined ? {} : { path }) });
}

/**
 * Bytes a second that one socket is sent of what a log had when it asked. A socket does not say how much of that it has queued, and a `resume` of 60 bytes asks for
 * a whole log.
 */
export const REPLAYED_BYTES_PER_SECOND = 8_388_608;

/** A token bucket: `rate` a second, twice as many at once. It holds one at least: a slower rate would never fill it. */
export class RateLimiter {
  readonly #rate: number;
  readonly #most: number;
  #tokens: number;
  #at: number;

  constructor(rate: number, now: number) {
    this.#rate = rate;
    this.#most = Math.max(1, rate * 2);
    this.#tokens = this.#most;
    this.#at = now;
  }

  /** @returns whether there are so many more */
  take(now: number, many = 1): boolean {
    this.#tokens = Math.min(this.#most, this.#tokens + (Math.max(0, now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#tokens < many) return false;
    this.#tokens -= many;
    return true;
  }
}
