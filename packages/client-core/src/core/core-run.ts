import {
  HEARTBEAT_PERIODS_UNTIL_DEAD,
  isRunEnd,
  parseEventId,
  PATIENCE_MAX,
  READING_MS,
  STOOD_STILL_MS,
  UPLINK_BYTES_A_SECOND,
  type ChunkLike,
  type RunEnd,
} from "@agent-transports/protocol";
import { placeOf } from "../delivery/cursor.ts";
import { callBack } from "../errors/callback.ts";
import { abortedError, asTransportError } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { ConnectionState, CoreRun, CoreRunOptions, RunEvent, StateChange } from "../interface/client.ts";
import { MAX_FAULTS } from "../link/faults.ts";
import { agreedPeriodMs, exhausted, LostError, type LinkSettings } from "../link/link.ts";
import { askedWaitMs, retryDelayMs } from "../link/retry.ts";
import { unlessAborted } from "../run/requests.ts";

/** What a connection is to bring. */
export interface Target {
  /** The run's id, once it is known: the transport puts it there. */
  id?: string | undefined;
  /** The newest event that was read. */
  cursor?: string | undefined;
  /** What was given cannot work: nothing is begun. */
  readonly invalid?: TransportError;
  /** What begins the run, as JSON; absent for one that exists. */
  readonly start?: { readonly key: string; readonly input: string };
}

/** What a connection tells about itself while it is tried and read. */
export interface Line {
  /** Fires when the connection is given up. */
  readonly signal: AbortSignal;
  /**
   * The agent has answered what was asked for.
   *
   * @param periodMs what the server said of its heartbeat; anything but a number above 0 is nothing
   * @returns the period to go by, PROTOCOL.md §6
   */
  opened(periodMs?: number): number;
  /** Something was heard of the peer. */
  heard(): void;
  /** The server asks for waits of at least so many milliseconds. */
  readonly retry: (ms: number) => void;
}

/** An event as it came. */
export type Arrival<Chunk extends ChunkLike> = readonly [id: string, chunk: Chunk];

/**
 * One connection: yields what comes, as it is asked for it.
 *
 * @returns how the run ended, where the cursor was its last event
 * @throws LostError where another try is worth it; TransportError `unexpected_response` without a status for a fault (PROTOCOL.md §7.6)
 */
export type Connect = <Chunk extends ChunkLike>(target: Target, line: Line) => AsyncGenerator<readonly Arrival<Chunk>[], RunEnd>;

/**
 * Follows one run by one loop, which the application's own loop pulls: while that takes its time, nothing is read. The policy is that of the whole client,
 * PROTOCOL.md §6 and §7.
 */
export function pullRun<Chunk extends ChunkLike>(
  connect: Connect,
  settings: LinkSettings,
  target: Target,
  onStop: () => void,
  { signal, onStateChange }: CoreRunOptions = {},
): CoreRun<Chunk> {
  const stopped = new AbortController();
  let connection: ConnectionState = "connecting";
  let line = stopped;
  let received = target.cursor;
  let end: RunEnd | undefined;
  let last = parseEventId(target.cursor ?? "");
  let resolveStarted!: (id: string) => void;
  let rejectStarted!: (error: TransportError) => void;
  const started = new Promise<string>((resolve, reject) => {
    resolveStarted = resolve;
    rejectStarted = reject;
  });
  // Whoever does not await it learns of the failure from the iteration.
  started.catch(() => undefined);

  function become(to: ConnectionState, details?: Omit<StateChange, "from" | "to">): void {
    if (connection === to || stopped.signal.aborted) return;
    if (onStateChange) callBack(onStateChange, { from: connection, to, ...details });
    connection = to;
  }

  /** It is over for the application. Only the first time counts. @param stop gives up what is under way */
  function finish(error?: TransportError, stop = error): void {
    if (connection === "ended" || connection === "failed") return;
    become(error ? "failed" : "ended", error && { error });
    if (stop) {
      stopped.abort(stop);
      line.abort(stop);
      rejectStarted(stop);
      void events.return(undefined); // Where its application has an event, it would wait to be asked for more.
    }
    signal?.removeEventListener("abort", abort);
    onStop();
  }

  const abort = (): void => finish(abortedError(signal?.reason));

  /** Whether the event is the next one; what came before is dropped. @throws TransportError for what cannot be gone on with */
  function isNext(id: string): boolean {
    const event = parseEventId(id);
    const place = event && placeOf(last?.epoch, last?.seq ?? 0, event.epoch, event.seq);
    if (place === "seen") return false;
    if (place !== "next") throw fault(`Event ${id.slice(0, 80)}: ${place ?? "malformed"}`);
    last = event;
    target.cursor = id;
    return true;
  }

  async function* follow(): AsyncGenerator<RunEvent<Chunk>, undefined> {
    if (target.invalid) throw target.invalid;
    const { retry, connectTimeoutMs, heartbeatMs } = settings;
    /** In a row, with no new event between them. */
    let faults = 0;
    let attempt = 0;
    let failures = 0;
    let provenAt = performance.now();
    let retryMs = 0;
    /** PROTOCOL.md §6: how many times two periods of silence it takes, or the time in which a start goes up. */
    let patience = 1;
    for (;;) {
      stopped.signal.throwIfAborted();
      const tried = (line = new AbortController());
      // In whole seconds, rounded: what is small has none.
      const { size } = new Blob(target.id ? [] : [target.start!.input]);
      let limitMs = connectTimeoutMs + Math.round(size / UPLINK_BYTES_A_SECOND) * 1000 * patience;
      let heardAt = performance.now();
      let spared = 0;
      let openedAt = Infinity;
      /** Nothing is read while the application has events to take: silence means nothing then. */
      let paused = false;
      let proven = false;
      let whole = false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let cause: unknown;
      const watch = (): void => {
        clearTimeout(timer);
        let restMs = limitMs - (paused ? 0 : performance.now() - heardAt);
        // So late, this process stood still: what came meanwhile is read first. Once for a silence.
        if (restMs < -STOOD_STILL_MS && spared < heardAt) {
          spared = heardAt;
          restMs = READING_MS;
        }
        // A timer that fires early costs less than one that is set again with all that is heard.
        if (restMs > 0) timer = setTimeout(watch, restMs);
        else {
          if (openedAt < Infinity || limitMs > connectTimeoutMs) patience = Math.min(patience * 2, PATIENCE_MAX);
          tried.abort(new LostError(`Nothing was heard for ${limitMs} ms.`));
        }
      };
      const heard = (): void => void (heardAt = performance.now());
      const arrivals = connect<Chunk>(target, {
        signal: tried.signal,
        heard,
        retry: (ms) => (retryMs = askedWaitMs(ms)),
        opened(periodMs = 0) {
          heard();
          openedAt = heardAt;
          const agreed = agreedPeriodMs(periodMs, heartbeatMs);
          limitMs = agreed * HEARTBEAT_PERIODS_UNTIL_DEAD * patience;
          watch();
          resolveStarted(target.id!);
          become("open");
          return agreed;
        },
      });
      const release = (): void => {
        clearTimeout(timer);
        // A whole response ends by itself, and leaves a connection that can be used again.
        if (!whole) tried.abort();
        arrivals.throw(cause).catch(() => undefined); // To the generator, which cleans up.
      };
      become("connecting");
      watch();
      try {
        for (;;) {
          const { done, value } = await unlessAborted(arrivals.next(), tried.signal);
          if (done) return void (end = value);
          paused = true;
          for (const [id, data] of value) {
            if (!isNext(id)) {
              if (!isRunEnd(data)) continue;
              // The application has it: there is nothing more to read.
              return void (end = data.data);
            }
            proven = true;
            faults = 0;
            patience = 1;
            whole = isRunEnd(data);
            // Not every application asks once more.
            if (whole) release();
            yield { id, data };
            if (whole) return;
            tried.signal.throwIfAborted();
          }
          paused = false;
          heard();
        }
      } catch (error) {
        cause = error;
      } finally {
        release();
      }
      // What is no TransportError is a loss: the application's own functions may need the network that was lost.
      let error = cause instanceof TransportError ? cause : new LostError("Not connected.", { cause });
      // Of the two, an error that the agent answered has a status, and is final.
      if (error.code === "unexpected_response" && error.status === undefined && ++faults < MAX_FAULTS)
        error = new LostError(error.message, { cause: error });
      if (!(error instanceof LostError)) throw error;
      const now = performance.now();
      // PROTOCOL.md §6: something new came, or it was heard a heartbeat's period after it opened.
      if (proven || heardAt - openedAt >= limitMs / HEARTBEAT_PERIODS_UNTIL_DEAD) {
        attempt = failures = 0;
        provenAt = now;
      } else failures++;
      attempt++;
      const delayMs = retryDelayMs(attempt, retry, undefined, Math.max(error.atLeastMs, retryMs));
      const gaveUp = exhausted(retry, failures, now - provenAt, delayMs, error);
      if (gaveUp) throw gaveUp;
      become("waiting", { attempt, delayMs, error });
      await unlessAborted(new Promise((resolve) => (timer = setTimeout(resolve, delayMs))), stopped.signal).finally(() =>
        clearTimeout(timer),
      );
    }
  }

  const events = follow();

  async function pull(): Promise<IteratorResult<RunEvent<Chunk>, undefined>> {
    try {
      const result = await events.next();
      if (result.done) finish();
      return result;
    } catch (error) {
      finish(asTransportError(error));
      throw stopped.signal.reason; // What ended it first.
    }
  }

  signal?.addEventListener("abort", abort);
  if (signal?.aborted) queueMicrotask(abort);
  /** Begins by itself, in the next turn; the application's first call takes it. */
  let first: ReturnType<typeof pull> | undefined = Promise.resolve().then(pull);
  first.catch(() => undefined);

  return {
    started,
    close: () => finish(abortedError()),
    get id() {
      return target.id;
    },
    get lastEventId() {
      return received;
    },
    get connection() {
      return connection;
    },
    get end() {
      return end;
    },
    [Symbol.asyncIterator]: () => ({
      async next() {
        const pulled = first ?? pull();
        first = undefined;
        const result = await pulled;
        stopped.signal.throwIfAborted();
        if (!result.done) {
          received = result.value.id;
          const chunk: ChunkLike = result.value.data;
          if (isRunEnd(chunk)) {
            end = chunk.data;
            finish(); // Not every application asks once more.
          }
        }
        return result;
      },
      async return() {
        finish(undefined, abortedError());
        return { done: true, value: undefined };
      },
    }),
  };
}

/** What came and is not this protocol. */
export function fault(message: string): TransportError {
  return new TransportError({ code: "unexpected_response", message });
}
