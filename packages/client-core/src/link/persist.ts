import { isRetryableStatus } from "@agent-transports/protocol";
import { TransportError } from "../errors/transport-error.ts";
import {
  agreedPeriodMs,
  begin,
  LostError,
  step,
  uploadTimeMs,
  type Link,
  type LinkEvent,
  type LinkSettings,
  type PageEvent,
  type Step,
} from "./link.ts";
import { watchPage } from "./page.ts";

/** An error that a server answered: {@link LostError} where another try is worth it. */
export function answered(error: TransportError, atLeastMs = 0): TransportError {
  if (error.status === undefined || !isRetryableStatus(error.status)) return error;
  return new LostError(error.message, { status: error.status, cause: error, atLeastMs });
}

/** What one try tells about itself. A try that was given up tells nobody. */
export interface Attempt {
  /** Fires when the try is given up; its reason is a TransportError. */
  readonly signal: AbortSignal;
  /**
   * The connection is open, or its heartbeat's period was agreed. Neither proves it.
   *
   * @param periodMs what the server said; anything but a number above 0 is nothing
   * @returns the period to go by, in milliseconds: the server's within PROTOCOL.md §6's bounds, or else the one that was asked for
   */
  opened(periodMs?: number): number;
  /** From now on the peer is to be heard once in so many milliseconds, as where nothing is awaited of it. Its silence counts from now. */
  period(ms: number): void;
  /**
   * Something was heard of the peer, which proves the connection where it comes at least a heartbeat's period after the opening. Cheap: it
   * moves a mark, not a timer. With `proves: false` it only shows that the peer is alive, as a runtime's `pong` does while the agent owes an answer.
   */
  heard(what?: { readonly proves: boolean }): void;
  /** While the application is slow and nothing is read, silence means nothing; until `unpause`, or until something is heard. */
  pause(): void;
  unpause(): void;
  /** The server asks for waits of at least so many milliseconds. */
  retry(ms: number): void;
  /** It delivered something new: the count of tries starts again. */
  progress(): void;
  /**
   * What goes up on this connection and is not answered may take longer than what is small ({@link uploadMs}); 0 once all of it is answered.
   *
   * @returns for how many milliseconds silence is borne for it: more, where that was too short before
   */
  sending(ms: number): number;
}

/** Where time and chance come from. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** @returns what ends the wait */
  after(ms: number, then: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
  watchPage(tell: (event: PageEvent) => void): () => void;
}

const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, then) => {
    // Longer ones fire at once; the tick finds itself early, and waits on.
    const timer = setTimeout(then, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
  random: Math.random,
  watchPage,
};

/**
 * Somebody comes to a wait.
 *
 * @param alone nobody else waits any more: then the waits begin anew, and so do the count of tries and a limit of time
 * @returns what is left of it, in milliseconds: Infinity where it ends when the page is looked at again
 */
type Join = (alone: boolean) => number;

export interface PersistOptions {
  readonly settings: LinkSettings;
  readonly signal: AbortSignal;
  /** The peer was heard. */
  readonly onHeard?: () => void;
  /** @param join for whoever comes while this wait lasts */
  readonly onWaiting?: (attempt: number, delayMs: number | undefined, error: TransportError, join: Join) => void;
  /** Whether a connection is (still) wanted: asked before each try, and after each loss. Where not, `persist` resolves with nothing. */
  readonly needed?: () => boolean;
  readonly clock?: Clock;
}

/**
 * Tries until one succeeds: the {@link Link} with its clock, its timer and its tries.
 *
 * @param attempt rejects with a {@link LostError} where another try is worth it; what is no TransportError is taken for one
 * @throws TransportError `retries_exhausted`; the signal's reason once it fires; whatever other TransportError `attempt` rejected with
 */
export function persist<Result>(attempt: (attempt: Attempt) => Promise<Result>, options: PersistOptions): Promise<Result | undefined> {
  const { settings, signal, clock = systemClock } = options;
  return new Promise((resolve, reject) => {
    let link: Link;
    let current: AbortController | undefined;
    let heardAt = 0;
    let proofAt = 0;
    let paused = false;
    let timerAt = Infinity;
    let stopTimer: (() => void) | undefined;

    function tell(event: LinkEvent): void {
      const now = clock.now();
      // What was heard meanwhile counts first. While the application is slow, silence says nothing.
      const [heard] = step(link, { type: "heard", at: paused ? now : heardAt, proofAt }, now, 0, settings);
      take(step(heard, event, now, clock.random(), settings));
    }

    function take([next, ...effects]: Step): void {
      link = next;
      for (const effect of effects) {
        if (effect.type === "connect") connect();
        else if (effect.type === "disconnect") giveUp(effect.error);
        else if (effect.type === "fail") {
          if (effect.error.cause instanceof TransportError) settings.firstContact?.tell(effect.error.cause);
          end(() => reject(effect.error));
        } else if (options.needed?.() === false) end(() => resolve(undefined));
        else {
          settings.firstContact?.tell(effect.error);
          options.onWaiting?.(link.attempt, effect.delayMs, effect.error, join);
        }
      }
      // A timer that fires early costs less than one that is set again with all that is heard.
      if (link.dueAt < timerAt || link.dueAt === Infinity) {
        stopTimer?.();
        timerAt = link.dueAt;
        if (timerAt < Infinity) stopTimer = clock.after(Math.max(0, timerAt - clock.now()), tick);
      }
    }

    function hear(proves = true): void {
      heardAt = clock.now();
      if (proves) proofAt = heardAt;
      paused = false;
      options.onHeard?.();
    }

    function tick(): void {
      timerAt = Infinity;
      tell({ type: "tick" });
    }

    function join(alone: boolean): number {
      if (alone) {
        // As behind a connection that has proven itself: what failed, and for how long, was of those who have left.
        tell({ type: "progress" });
        if (link.phase === "waiting") tell({ type: "woken" });
      }
      // A timer may be late.
      return Math.max(0, link.dueAt - clock.now());
    }

    function giveUp(reason: unknown): void {
      const abort = current;
      // First, so that what the abort sets off is not taken for the end of the next try.
      current = undefined;
      abort?.abort(reason);
    }

    function connect(): void {
      if (options.needed?.() === false) return end(() => resolve(undefined));
      const abort = new AbortController();
      current = abort;
      attempt({
        signal: abort.signal,
        opened: (periodMs = 0) => {
          const agreed = agreedPeriodMs(periodMs, settings.heartbeatMs);
          if (current !== abort) return agreed;
          settings.firstContact?.made();
          hear();
          tell({ type: "opened", periodMs: agreed });
          return agreed;
        },
        heard: (what) => {
          if (current === abort) hear(what?.proves);
        },
        pause: () => {
          if (current === abort) paused = true;
        },
        unpause: () => {
          if (current !== abort || !paused) return;
          heardAt = clock.now();
          paused = false;
        },
        period: (ms) => {
          if (current !== abort) return;
          heardAt = clock.now();
          tell({ type: "period", ms });
        },
        retry: (ms) => {
          if (current === abort) tell({ type: "retry", ms });
        },
        progress: () => {
          if (current === abort && (!link.proven || link.patience > 1)) tell({ type: "progress" });
        },
        sending: (ms) => {
          if (current === abort && ms !== link.uploadMs) tell({ type: "sending", ms });
          return uploadTimeMs(link);
        },
      }).then(
        (result) => void (current === abort && end(() => resolve(result))),
        (cause: unknown) => {
          if (current !== abort) return;
          current = undefined;
          // Not only the network fails: the application's own query or headers may have to ask over the network that was just lost.
          const error = cause instanceof TransportError ? cause : new LostError("Not connected.", { cause });
          if (error instanceof LostError) tell({ type: "lost", error });
          else end(() => reject(error));
        },
      );
    }

    function end(settle: () => void): void {
      current = undefined;
      link = step(link, { type: "over" }, 0, 0, settings)[0];
      stopTimer?.();
      forgetPage();
      signal.removeEventListener("abort", aborted);
      settle();
    }

    function aborted(): void {
      giveUp(signal.reason);
      end(() => reject(signal.reason));
    }

    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", aborted);
    const forgetPage = clock.watchPage((type) => tell({ type }));
    take(begin(clock.now(), settings));
  });
}
