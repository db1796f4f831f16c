import { LostError, TransportError, type Attempt, type Settings } from "@agent-transports/client-core";

/** What browsers allow of HTTP/1.1 connections to one host, in all tabs together. */
const BROWSER_CONNECTIONS = 6;
/** A stream that ends sooner takes its connection from nobody, and counting it costs messages to the browser's process. */
const COUNTED_AFTER_MS = 100;
/** A request that is not answered in this time may be queued behind the event streams. */
const QUEUED_AFTER_MS = 1_000;

/** An event stream of this page, open or on its way. */
interface Stream {
  readonly settings: Settings;
  /** Gives its connection up until the promise resolves; absent unless it is open. */
  release: ((until: Promise<void>) => void) | undefined;
  released: boolean;
}

/** The event streams of this page to one origin. */
interface Streams {
  /** The one that has been open for longest first. */
  readonly own: Set<Stream>;
  /** Each counts one of them in all tabs, until it is called. */
  readonly locks: (() => void)[];
  timer: ReturnType<typeof setTimeout> | undefined;
  warned: boolean;
}

const byOrigin = new Map<string, Streams>();
const RELEASED = new LostError("Its connection was needed for a request.");

/**
 * Follows one event stream. In a browser it takes one of the connections of HTTP/1.1: it is counted, and gives its connection up for a moment
 * where {@link controlFirst} needs one, then goes on behind its cursor. To whoever waits for it that is no loss.
 *
 * @param stream one connection, which is over when the signal of its attempt fires
 */
export async function withConnection(settings: Settings, attempt: Attempt, stream: (attempt: Attempt) => Promise<void>): Promise<void> {
  const { origin } = settings.base;
  // Over HTTP/2, and outside pages, there is no such limit.
  if (isHttp1(origin) === false) return stream(attempt);
  const streams = streamsOf(origin);
  const { own } = streams;
  const seat: Stream = { settings, release: undefined, released: false };
  const leave = (): void => {
    own.delete(seat);
    count(origin, streams);
  };
  own.add(seat);
  count(origin, streams);
  // At once: a `fetch` of the application's may take no notice of its signal, and a page that is put away runs no timer.
  attempt.signal.addEventListener("abort", leave);
  try {
    for (;;) {
      let until: Promise<void> | undefined;
      const abort = new AbortController();
      const giveUp = (): void => abort.abort(attempt.signal.reason);
      attempt.signal.addEventListener("abort", giveUp);
      const opened: Attempt["opened"] = (periodMs) => {
        seat.release = (promise) => {
          until = promise;
          seat.released = true;
          // The next one to be released is another.
          own.delete(seat);
          own.add(seat);
          abort.abort(RELEASED);
        };
        return attempt.opened(periodMs);
      };
      try {
        return await stream({ ...attempt, signal: abort.signal, opened });
      } catch (error) {
        if (error !== RELEASED) throw error;
      } finally {
        seat.release = undefined;
        attempt.signal.removeEventListener("abort", giveUp);
      }
      attempt.pause();
      await until;
      attempt.unpause();
      seat.released = false;
      attempt.signal.throwIfAborted();
    }
  } finally {
    attempt.signal.removeEventListener("abort", leave);
    leave();
  }
}

/**
 * Sends a request, a cancel or an input, for which event streams make room where a browser has no connection left.
 *
 * @param signal the try was given up: no stream waits for it any longer, also where the application's `fetch` does
 */
export async function controlFirst<Answer>(
  { base: { origin } }: Settings,
  signal: AbortSignal,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const http1 = isHttp1(origin);
  if (http1 === false) return send();
  const over = async (): Promise<number> => (await countInAllTabs(origin)) + 1 - BROWSER_CONNECTIONS;
  const first = await over();
  let done!: () => void;
  const until = new Promise<void>((resolve) => (done = resolve));
  const timers = [
    // After the request, which then is the next in the browser's queue.
    ...(http1 === true ? [setTimeout(() => makeRoom(origin, first, until))] : []),
    // Counted again: another tab's streams may have been too young to be counted.
    setTimeout(async () => makeRoom(origin, await over(), until), QUEUED_AFTER_MS),
  ];
  const ended = (): void => {
    for (const timer of timers) clearTimeout(timer);
    done();
  };
  signal.addEventListener("abort", ended);
  try {
    return await send();
  } finally {
    signal.removeEventListener("abort", ended);
    ended();
  }
}

/** @param count so many connections; streams that wait for one are before the request */
function makeRoom(origin: string, count: number, until: Promise<void>): void {
  const own = [...streamsOf(origin).own];
  const released = own.filter((stream) => stream.released).length;
  for (const { release } of own
    .filter((stream) => stream.release !== undefined && !stream.released)
    .slice(0, Math.max(0, count - released)))
    release?.(until);
}

function streamsOf(origin: string): Streams {
  let streams = byOrigin.get(origin);
  if (streams === undefined) byOrigin.set(origin, (streams = { own: new Set(), locks: [], timer: undefined, warned: false }));
  return streams;
}

/** Has as many locks as there are streams. */
function count(origin: string, streams: Streams): void {
  const { own, locks } = streams;
  for (const unlock of locks.splice(own.size)) unlock();
  if (locks.length === own.size) {
    clearTimeout(streams.timer);
    streams.timer = undefined;
    return;
  }
  streams.timer ??= setTimeout(() => {
    streams.timer = undefined;
    while (locks.length < own.size) locks.push(lock(origin));
    void warnOfLimit(origin, streams);
  }, COUNTED_AFTER_MS);
}

/** Tells the application once that the last connection is used up: in this page, or by all tabs together. */
async function warnOfLimit(origin: string, streams: Streams): Promise<void> {
  const all = await countInAllTabs(origin);
  // Where one waits for a connection, others have theirs: somebody answers there. Not where all of them are still trying.
  const answered = all > streams.own.size || [...streams.own].some(({ release }) => release !== undefined);
  if (all > BROWSER_CONNECTIONS && answered) for (const { settings } of streams.own) settings.firstContact.made();
  const newest = [...streams.own].at(-1);
  if (all < BROWSER_CONNECTIONS || newest === undefined || streams.warned || isHttp1(origin) !== true) return;
  streams.warned = true;
  const message = `All tabs together follow ${all} runs over HTTP/1.1, and the browser opens no more connections to ${origin}. Another run waits until one of them ends. Serve the agent over HTTP/2, or use ws-client.`;
  newest.settings.report(new TransportError({ code: "connection_limit", message }));
}

/** Counts a stream in all tabs, for as long as it is held; a tab that dies lets go. @returns what lets go */
function lock(origin: string): () => void {
  let unlock!: () => void;
  const held = new Promise<void>((resolve) => (unlock = resolve));
  // Refused where a page has no storage, as in a sandbox: there it counts its own.
  if ("locks" in navigator) navigator.locks.request(lockOf(origin), { mode: "shared" }, () => held).catch(() => undefined);
  return unlock;
}

/** Event streams to this origin, open or on their way: of all tabs where the browser can tell, else of this page. */
async function countInAllTabs(origin: string): Promise<number> {
  const { own, locks } = streamsOf(origin);
  if (!("locks" in navigator)) return own.size;
  const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
  // Those that are not counted yet are of this page.
  return Math.max(own.size, held.filter(({ name }) => name === lockOf(origin)).length + own.size - locks.length);
}

function lockOf(origin: string): string {
  return `agent-transports streams ${origin}`;
}

/** Whether a browser speaks HTTP/1.1 with this origin; `undefined` where nothing is known yet. */
function isHttp1(origin: string): boolean | undefined {
  if (globalThis.document === undefined) return false;
  if (origin.startsWith("http:")) return true;
  for (const entry of [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]) {
    if (!entry.name.startsWith(`${origin}/`) || !("nextHopProtocol" in entry) || entry.nextHopProtocol === "") continue;
    return entry.nextHopProtocol === "http/1.1";
  }
  return undefined;
}
