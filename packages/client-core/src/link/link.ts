import {
  HEARTBEAT_MAX_MS,
  HEARTBEAT_MIN_MS,
  HEARTBEAT_PERIODS_UNTIL_DEAD,
  PATIENCE_MAX,
  READING_MS,
  STOOD_STILL_MS,
} from "@agent-transports/protocol";
import { TransportError } from "../errors/transport-error.ts";
import type { RetryOptions } from "../interface/client.ts";
import type { FirstContact } from "./first-contact.ts";
import { askedWaitMs, RETRY_CAP_MS, retryDelayMs } from "./retry.ts";

/** A failure after which another try is worth it. */
export class LostError extends TransportError {
  /** What the server asked for, in milliseconds, as far as a client goes along with it. */
  readonly atLeastMs: number;

  constructor(message: string, options: { readonly status?: number; readonly cause?: unknown; readonly atLeastMs?: number } = {}) {
    super({ code: "connection_lost", message }, options);
    this.atLeastMs = askedWaitMs(options.atLeastMs ?? 0);
  }
}

/** HTTP's "Request Timeout", and the close code that stands for it (PROTOCOL.md §4.5). */
const TIMEOUTS: ReadonlySet<number | undefined> = new Set([408, 4408]);

export interface LinkSettings {
  readonly retry: RetryOptions;
  /** How long a try may take to open, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** The heartbeat's period that a client asks for, in milliseconds. */
  readonly heartbeatMs: number;
  /** Explains failures to the application while no agent has ever answered its client. */
  readonly firstContact?: Pick<FirstContact, "made" | "explain" | "tell">;
}

/**
 * One connection and its tries (PROTOCOL.md §6), as a value: {@link step} gives the next one and what has to be done. Times are in
 * milliseconds of whatever clock the caller has.
 *
 * `asleep` is a page that was put away (back/forward cache): it has no connection, and no timer.
 */
export interface Link {
  readonly phase: "connecting" | "open" | "waiting" | "asleep" | "over";
  /** Which try this is, or comes next: 0 is the very first, 1 the first after a loss. */
  readonly attempt: number;
  /** Tries in a row that proved nothing. */
  readonly failures: number;
  /** When a connection last proved itself, or the first try began. */
  readonly provenAt: number;
  /** Whether this connection has delivered something new, or was heard a heartbeat's period after it opened. Silence proves nothing. */
  readonly proven: boolean;
  readonly openedAt: number;
  /** The heartbeat's period on this connection. */
  readonly periodMs: number;
  /** How many times two periods of silence it takes until the peer counts as dead. */
  readonly patience: number;
  /** What waits for its answer has so long to go up… */
  readonly uploadMs: number;
  /** …times this: twice as much each time that it was too short. */
  readonly uploadPatience: number;
  readonly heardAt: number;
  /** This process stood still, and what came meanwhile is read until then. */
  readonly readingUntil: number;
  /** The server asked not to be tried earlier. */
  readonly notBefore: number;
  /** The least wait that the server has asked for, in milliseconds. */
  readonly retryMs: number;
  /** When `tick` has something to do. */
  readonly dueAt: number;
  /** The machine says that it has no network. */
  readonly offline: boolean;
}

/** What a page, or its network, tells: `hidden` is put away, `woken` looked at again, `moved` on another network than before. */
export type PageEvent = "online" | "offline" | "hidden" | "woken" | "moved";

export type LinkEvent =
  | { readonly type: "opened"; readonly periodMs: number }
  /** When the peer was last heard, and when in a way that proves the connection (the same, if absent); may be told late. */
  | { readonly type: "heard"; readonly at: number; readonly proofAt?: number }
  | { readonly type: "progress" }
  /** What goes up on this connection, and waits for its answer, may take so long. 0: all of it is answered. */
  | { readonly type: "sending"; readonly ms: number }
  /** From now on the peer is to be heard once in so many milliseconds. */
  | { readonly type: "period"; readonly ms: number }
  | { readonly type: "retry"; readonly ms: number }
  | { readonly type: "lost"; readonly error: LostError }
  | { readonly type: "tick" | "over" | PageEvent };

export type LinkEffect =
  /** Begin a try. There is no other at this time. */
  | { readonly type: "connect" }
  /** Give the try under way up. */
  | { readonly type: "disconnect"; readonly error: LostError }
  /** The next try comes in so many milliseconds; `undefined`: when the page is looked at again. */
  | { readonly type: "waiting"; readonly delayMs: number | undefined; readonly error: TransportError }
  | { readonly type: "fail"; readonly error: TransportError };

export type Step = readonly [Link, ...LinkEffect[]];

/** The very first try. */
export function begin(now: number, settings: LinkSettings): Step {
  const link: Link = {
    phase: "asleep",
    attempt: 0,
    failures: 0,
    provenAt: now,
    proven: false,
    openedAt: now,
    periodMs: settings.heartbeatMs,
    patience: 1,
    uploadMs: 0,
    uploadPatience: 1,
    heardAt: now,
    readingUntil: -Infinity,
    notBefore: now,
    retryMs: 0,
    dueAt: Infinity,
    offline: false,
  };
  return connect(link, now, settings);
}

/**
 * The heartbeat's period to go by (PROTOCOL.md §6). A server must not drive a client's timers: neither to a thousand pings a second, nor
 * to a silence that nobody notices.
 *
 * @param saidMs what the server said; anything but a number above 0 is nothing
 */
export function agreedPeriodMs(saidMs: number, askedMs: number): number {
  if (!(saidMs > 0)) return askedMs;
  return Math.min(Math.max(saidMs, Math.min(HEARTBEAT_MIN_MS, askedMs)), HEARTBEAT_MAX_MS);
}

/** How long what goes up may take on this connection, in milliseconds. */
export function uploadTimeMs({ uploadMs, uploadPatience }: Link): number {
  return uploadMs * uploadPatience;
}

/** @param random uniform in [0, 1) */
export function step(link: Link, event: LinkEvent, now: number, random: number, settings: LinkSettings): Step {
  const { phase } = link;
  const { type } = event;
  const silence = `Nothing was heard for ${Math.round(now - link.heardAt)} ms.`;
  const open = phase === "open";
  const trying = open || phase === "connecting";
  const idle = phase === "waiting" || phase === "asleep";
  const lose = (message: string, patience = link.patience): Step => {
    const error = new LostError(message);
    const [next, ...effects] = afterLoss({ ...slower(link), patience }, error, now, random, settings);
    return [next, { type: "disconnect", error }, ...effects];
  };
  // What the server asked for holds for each try, whatever ended the one before it (PROTOCOL.md §3.2).
  const notBefore = trying ? now + link.retryMs : link.notBefore;
  /** Something changed for the better: the waits begin anew, and the time too where there was no network or no page. A try that proved nothing still counts. */
  const hurry = (message: string): Step => {
    const delayMs = retryDelayMs(1, settings.retry, random, notBefore - now);
    const begun = link.offline || phase === "asleep" ? { ...link, provenAt: now } : link;
    const next: Link = { ...(trying || link.proven ? counted(begun, now) : begun), attempt: 1, offline: false, notBefore };
    if (idle) return [{ ...next, phase: "waiting", dueAt: now + delayMs }];
    const error = new LostError(message);
    const [waits, ...effects] = waitFor(next, delayMs, error, now, settings);
    return [waits, { type: "disconnect", error }, ...effects];
  };
  if (phase === "over") return [link];
  switch (event.type) {
    case "opened":
      if (!trying) return [link];
      // A WebSocket opens with its handshake, and once more with what its server says of the heartbeat: it is one opening.
      return [heard({ ...link, phase: "open", openedAt: open ? link.openedAt : now, periodMs: event.periodMs }, now)];
    case "sending": {
      if (!trying) return [link];
      const sending: Link = { ...link, uploadMs: event.ms, uploadPatience: event.ms === 0 ? 1 : link.uploadPatience };
      return [open ? heard(sending, link.heardAt) : due(sending, settings)];
    }
    case "heard": {
      if (!open) return [link];
      const proven = link.proven || (event.proofAt ?? event.at) - link.openedAt >= link.periodMs;
      return [heard({ ...link, proven }, event.at)];
    }
    case "progress":
      return [{ ...link, proven: true, patience: 1 }];
    case "period":
      return open ? [heard({ ...link, periodMs: event.ms }, now)] : [link];
    case "retry":
      return [{ ...link, retryMs: askedWaitMs(event.ms) }];
    case "lost":
      // The other side may have been the first to lose its patience.
      return trying ? afterLoss(TIMEOUTS.has(event.error.status) ? slower(link) : link, event.error, now, random, settings) : [link];
    case "over":
      return [{ ...link, phase: "over", dueAt: Infinity }];
    case "tick":
      if (now < link.dueAt) return [link];
      if (idle) return connect(link, now, settings);
      if (now - link.dueAt > STOOD_STILL_MS && link.readingUntil < link.heardAt + READING_MS) {
        return [{ ...link, readingUntil: now + READING_MS, dueAt: now + READING_MS }];
      }
      if (!open) return lose(`No answer within ${Math.round(settings.connectTimeoutMs + uploadTimeMs(link))} ms.`);
      // A large event on a slow line is a silence, too: it would never arrive if each connection had the same time for it.
      return lose(silence, Math.min(link.patience * 2, PATIENCE_MAX));
    case "offline":
      // A machine without a network may still reach itself, so the word is not taken for the last.
      return [{ ...link, offline: true, dueAt: phase === "waiting" ? Math.max(link.dueAt, now + capMs(settings)) : link.dueAt }];
    case "online":
    case "woken":
      // A page that was put away is not there yet, whatever its network says.
      if (type === "online" && phase === "asleep") return [{ ...link, offline: false }];
      if (link.offline) return hurry("The network was offline.");
      // Heartbeats come once a period: of a connection that missed one, in a sleep or in a change of networks, nothing is known.
      return idle || now - link.heardAt > link.periodMs + uploadTimeMs(link) ? hurry(silence) : [link];
    case "moved":
      // What stands on the old network may be dead, and nothing says so: its address belongs to nobody any more.
      return phase === "asleep" ? [link] : hurry("The network changed.");
    case "hidden": {
      const asleep: Link = { ...link, phase: "asleep", dueAt: Infinity, notBefore };
      const error = new LostError("The page was hidden.");
      return trying ? [asleep, { type: "disconnect", error }, { type: "waiting", delayMs: undefined, error }] : [asleep];
    }
  }
}

function connect(link: Link, now: number, settings: LinkSettings): Step {
  return [due({ ...link, phase: "connecting", proven: false, heardAt: now, uploadMs: 0 }, settings), { type: "connect" }];
}

/** While it connects: from when it began. */
function due(link: Link, { connectTimeoutMs }: LinkSettings): Link {
  return { ...link, dueAt: Math.max(link.heardAt + connectTimeoutMs + uploadTimeMs(link), link.readingUntil) };
}

function heard(link: Link, at: number): Link {
  const silentAt = at + link.periodMs * HEARTBEAT_PERIODS_UNTIL_DEAD * link.patience + uploadTimeMs(link);
  return { ...link, heardAt: at, dueAt: Math.max(silentAt, link.readingUntil) };
}

/** What went up was not answered in its time: on the next connection it has twice as long. */
function slower(link: Link): Link {
  return link.uploadMs === 0 ? link : { ...link, uploadPatience: Math.min(link.uploadPatience * 2, PATIENCE_MAX) };
}

/** What ends it, after so many failures in a row; `undefined` where another try is due. */
export function exhausted(
  { maxTries = Infinity, maxElapsedMs = Infinity }: RetryOptions,
  failures: number,
  elapsedMs: number,
  delayMs: number,
  error: TransportError,
): TransportError | undefined {
  if (failures < maxTries && elapsedMs + delayMs <= maxElapsedMs) return undefined;
  const message = `Gave up after ${failures} tries in ${Math.round(elapsedMs)} ms: ${error.message}`;
  return new TransportError({ code: "retries_exhausted", message }, { status: error.status, cause: error });
}

function afterLoss(link: Link, lost: LostError, now: number, random: number, settings: LinkSettings): Step {
  const attempt = link.proven ? 1 : link.attempt + 1;
  const atLeastMs = Math.max(lost.atLeastMs, link.retryMs);
  const delayMs = Math.max(retryDelayMs(attempt, settings.retry, random, atLeastMs), link.offline ? capMs(settings) : 0);
  return waitFor({ ...counted(link, now), attempt, notBefore: now + atLeastMs }, delayMs, lost, now, settings);
}

/** A connection that has proven itself is a new beginning, and any other a failure. */
function counted(link: Link, now: number): Link {
  return link.proven ? { ...link, failures: 0, provenAt: now } : { ...link, failures: link.failures + 1 };
}

/** The next try comes after this time, unless the one that was lost was the last. */
function waitFor(link: Link, delayMs: number, lost: LostError, now: number, { retry, firstContact }: LinkSettings): Step {
  const { failures, provenAt } = link;
  const error = firstContact?.explain(lost, failures) ?? lost;
  const gaveUp = exhausted(retry, failures, now - provenAt, delayMs, error);
  if (gaveUp !== undefined) {
    return [
      { ...link, phase: "over", dueAt: Infinity },
      { type: "fail", error: gaveUp },
    ];
  }
  return [
    { ...link, phase: "waiting", dueAt: now + delayMs },
    { type: "waiting", delayMs, error },
  ];
}

function capMs({ retry }: Pick<LinkSettings, "retry">): number {
  return retry.capMs ?? RETRY_CAP_MS;
}
