import { TransportError } from "@agent-transports/protocol";
import { LostError, type Attempt, type Settings } from "@agent-transports/protocol/core";

/** What browsers allow of HTTP/1.1 connections to one host, in all tabs together. */
const BROWSER_CONNECTIONS = 6;
/** Where nothing tells which HTTP is spoken, a request that is not answered in this time may be queued behind the event streams. */
const QUEUED_AFTER_MS = 1_000;

/** An event stream of this page, open or on its way. */
interface Stream {
  /** Gives its connection up until the promise resolves; absent unless it is open. */
  release: ((until: Promise<void>) => void) | undefined;
  released: boolean;
}

/** By origin, the one that has been open for longest first. */
const streams = new Map<string, Set<Stream>>();
const warned = new Set<string>();
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
  const own = streams.get(origin) ?? new Set();
  streams.set(origin, own);
  const seat: Stream = { release: undefined, released: false };
  own.add(seat);
  const unlock = lock(origin);
  void warnOfLimit(settings);
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
    own.delete(seat);
    unlock();
  }
}

/** Sends a request, a cancel or an input, for which event streams make room where a browser has no connection left. */
export async function controlFirst<Answer>({ base: { origin } }: Settings, send: () => Promise<Answer>): Promise<Answer> {
  const http1 = isHttp1(origin);
  const over = http1 === false ? 0 : (await countStreams(origin)) + 1 - BROWSER_CONNECTIONS;
  if (over <= 0) return send();
  let done!: () => void;
  const until = new Promise<void>((resolve) => (done = resolve));
  // After the request, which then is the next in the browser's queue.
  const timer = setTimeout(() => makeRoom(origin, over, until), http1 === true ? 0 : QUEUED_AFTER_MS);
  try {
    return await send();
  } finally {
    clearTimeout(timer);
    done();
  }
}

/** @param count so many connections; streams that wait for one are before the request */
function makeRoom(origin: string, count: number, until: Promise<void>): void {
  const own = [...(streams.get(origin) ?? [])];
  const released = own.filter((stream) => stream.released).length;
  for (const { release } of own
    .filter((stream) => stream.release !== undefined && !stream.released)
    .slice(0, Math.max(0, count - released)))
    release?.(until);
}

/** Tells the application once that the last connection is used up: in this page, or by all tabs together. */
async function warnOfLimit({ base: { origin }, report, firstContact }: Settings): Promise<void> {
  const count = await countStreams(origin);
  // Where this one waits for a connection, others have theirs: somebody answers there.
  if (count > BROWSER_CONNECTIONS) firstContact.made();
  if (count < BROWSER_CONNECTIONS || warned.has(origin) || isHttp1(origin) !== true) return;
  warned.add(origin);
  const message = `${count} runs are followed over HTTP/1.1 in all tabs together, and a browser makes no more connections to ${origin}: another run waits until one of them ends. Serve it over HTTP/2, or use ws-client.`;
  report(new TransportError({ code: "connection_limit", message }));
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
async function countStreams(origin: string): Promise<number> {
  const own = streams.get(origin)?.size ?? 0;
  if (!("locks" in navigator)) return own;
  const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
  return Math.max(own, held.filter(({ name }) => name === lockOf(origin)).length);
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
