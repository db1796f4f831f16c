import { toBytes } from "../bytes.ts";
import { isRunEnd, type ChunkLike, type RunChunk } from "../chunks.ts";
import type { ConnectionState, ResumeOptions, Run, RunEnd, RunEvent, SendOptions, StateChange } from "../client.ts";
import { KEY_MAX_LENGTH } from "../constants.ts";
import { TransportError } from "../errors.ts";
import { formatEventId, parseEventId, type EventId } from "../event-id.ts";
import { parseCursor, placeOf, type Place } from "./cursor.ts";
import { Delivery } from "./delivery.ts";

/** What a transport does for a run. */
export interface Driver {
  /** Puts an input into the run, under its key; tries again by itself. */
  send(key: string, data: unknown): Promise<string>;
  cancel(): Promise<void>;
  /** The run is over for this client, whichever way: let go of its connection. Called once. */
  stop(): void;
  /** The application received the event with this id. */
  received?(id: string): void;
}

/** A run as both clients follow it: cursor, delivery, states. The transport feeds it; PROTOCOL.md §7 is what it promises. */
export class FollowedRun<Chunk extends ChunkLike = RunChunk> implements Run<Chunk> {
  readonly started: Promise<string>;
  #id: string | undefined;
  #resolveStarted!: (id: string) => void;
  #rejectStarted!: (error: TransportError) => void;
  /** The newest event that was taken from the wire. */
  #last: EventId | undefined;
  /** The id that `#last` is followed by: one comparison of strings places nearly every event. */
  #expected: string | undefined;
  /** The newest event that the application received. */
  #received: string | undefined;
  #connection: ConnectionState = "connecting";
  #end: RunEnd | undefined;
  #iterated = false;
  #stopped = false;
  readonly #driver: Driver;
  readonly #delivery: Delivery<Chunk>;
  /** A signal may outlive thousands of runs. */
  #forgetSignal: () => void = () => undefined;
  readonly #listeners = new Set<(change: StateChange) => void>();

  /** @param makeDriver is given the run, and may not use it before it returns */
  constructor(makeDriver: (run: FollowedRun<Chunk>) => Driver, id: string | undefined, options: ResumeOptions) {
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    // Whoever does not await `started` learns of the failure from the iteration.
    this.started.then(undefined, () => undefined);
    this.#delivery = new Delivery<Chunk>(
      (event) => this.#onReceived(event),
      () => this.#leave(),
    );
    this.#driver = makeDriver(this);
    if (id !== undefined) this.identify(id);
    const cursor = parseCursor(options.after);
    if (cursor === null) {
      const message = `This is not an event id: ${JSON.stringify(options.after?.slice(0, 80))}. Give the \`id\` of an event, or nothing.`;
      queueMicrotask(() => this.fail(new TransportError({ code: "cannot_resume", message, reason: "malformed" })));
    } else if (cursor !== undefined) {
      this.#last = cursor;
      this.#received = options.after;
    }
    const { signal } = options;
    if (signal === undefined) return;
    const abort = (): void => this.abort(signal.reason);
    if (signal.aborted) queueMicrotask(abort);
    signal.addEventListener("abort", abort);
    this.#forgetSignal = () => signal.removeEventListener("abort", abort);
  }

  get id(): string | undefined {
    return this.#id;
  }

  get lastEventId(): string | undefined {
    return this.#received;
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  get end(): RunEnd | undefined {
    return this.#end;
  }

  async send(data: unknown, options: SendOptions = {}): Promise<string> {
    const key = options.key ?? crypto.randomUUID();
    if (!isKey(key))
      throw new TransportError({
        code: "invalid_option",
        message: `A key has 1 to ${KEY_MAX_LENGTH} printable ASCII characters, and no spaces.`,
      });
    if (data === undefined) throw new TransportError({ code: "invalid_option", message: "An input is any JSON value; undefined is none." });
    return this.#driver.send(key, toBytes(data));
  }

  cancel(): Promise<void> {
    return this.#driver.cancel();
  }

  close(): void {
    this.abort("The run was closed.");
  }

  onStateChange(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent<Chunk>, undefined> {
    if (this.#iterated) {
      throw new TransportError({
        code: "invalid_option",
        message: "A run is iterated once. For a second reader: client.resume(run.id).",
      });
    }
    this.#iterated = true;
    return this.#delivery;
  }

  toReadableStream(): ReadableStream<Chunk> {
    const events = this[Symbol.asyncIterator]();
    return new ReadableStream<Chunk>(
      {
        pull: async (controller) => {
          const { done, value } = await events.next();
          if (done === true) controller.close();
          else controller.enqueue(value.data);
        },
        cancel: async () => {
          await events.return?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  // ---- what the transport tells it ----

  /** The newest event taken from the wire: where to resume from. */
  get cursor(): string | undefined {
    return this.#last && formatEventId(this.#last.epoch, this.#last.seq);
  }

  /** Whether it is over for this client. */
  get stopped(): boolean {
    return this.#stopped;
  }

  identify(id: string): void {
    this.#id = id;
    this.#resolveStarted(id);
  }

  /** Takes one event. @returns where it stands; `malformed` where the id is not of the grammar. Only `next` was delivered. */
  take(id: string, chunk: Chunk): Place | "malformed" {
    if (id !== this.#expected) {
      const parsed = parseEventId(id);
      if (parsed === undefined) return "malformed";
      const place = placeOf(this.#last, parsed);
      if (place !== "next") return place;
      this.#last = parsed;
    } else {
      this.#last = { epoch: this.#last!.epoch, seq: this.#last!.seq + 1 };
    }
    this.#expected = formatEventId(this.#last.epoch, this.#last.seq + 1);
    if (this.#stopped) return "next";
    this.#delivery.push({ id, data: chunk });
    if (isRunEnd(chunk)) this.complete();
    return "next";
  }

  /** Resolves once the application has received all that waits; `undefined` where nothing does. */
  whenDrained(): Promise<void> | undefined {
    return this.#delivery.whenEmpty();
  }

  /** There is nothing (more) to read. `end` is for a run whose terminal event the application has already. */
  complete(end?: RunEnd): void {
    if (this.#stopped) return;
    if (end !== undefined) {
      this.#end = end;
      this.#forgetSignal();
    }
    this.#delivery.finish();
    this.#stop("ended");
  }

  fail(error: TransportError): void {
    if (this.#stopped) return;
    this.#rejectStarted(error);
    this.#forgetSignal();
    this.#delivery.finish(error);
    this.#stop("failed", error);
  }

  /** The application wants no more. */
  abort(reason: unknown): void {
    const error = abortedError(reason);
    this.#forgetSignal();
    this.#rejectStarted(error);
    this.#delivery.discard(error);
    if (!this.#stopped) this.#stop("failed", error);
  }

  connectionIs(to: ConnectionState, details: Omit<StateChange, "from" | "to"> = {}): void {
    const from = this.#connection;
    if (from === "ended" || from === "failed" || (from === to && to !== "waiting")) return;
    this.#connection = to;
    for (const listener of this.#listeners) listener({ from, to, ...details });
  }

  #onReceived(event: RunEvent<Chunk>): void {
    this.#received = event.id;
    // Without this annotation the guard would narrow to an intersection with the application's type.
    const chunk: ChunkLike = event.data;
    if (isRunEnd(chunk)) {
      this.#end = chunk.data;
      this.#forgetSignal();
    }
    this.#driver.received?.(event.id);
  }

  #leave(): void {
    this.#forgetSignal();
    if (this.#stopped) return;
    this.#rejectStarted(abortedError("The loop was left."));
    this.#stop("ended");
  }

  #stop(state: "ended" | "failed", error?: TransportError): void {
    this.#stopped = true;
    this.connectionIs(state, error === undefined ? {} : { error });
    this.#driver.stop();
  }
}

export function abortedError(reason: unknown): TransportError {
  if (reason instanceof TransportError) return reason;
  const message = typeof reason === "string" ? reason : "Aborted by the application.";
  return new TransportError({ code: "aborted", message }, { cause: reason });
}

/** PROTOCOL.md §1. */
export function isKey(key: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(key);
}
