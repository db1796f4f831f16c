import { formatEventId, isChunk, isRunEnd, parseEventId, type ChunkLike, type RunChunk, type RunEnd } from "@agent-transports/protocol";
import { checkData } from "../delivery/check-data.ts";
import { isNext, placeOf, type Place } from "../delivery/cursor.ts";
import { Delivery } from "../delivery/delivery.ts";
import { callEach } from "../errors/callback.ts";
import { abortedError, asTransportError, optionError } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { ConnectionState, Run, RunEvent, SendOptions, StateChange } from "../interface/client.ts";
import { Faults } from "../link/faults.ts";
import { LostError } from "../link/link.ts";
import type { Driver, FollowOptions } from "./driver.ts";
import { sendable } from "./input.ts";
import { keyOf } from "./random-key.ts";
import { Requests, unlessAborted } from "./requests.ts";

/**
 * After these the server has nothing (more) under this name: to come back to it would only fail again. `invalid_event` is none of them: it is the application's own
 * schema that does not take the event, and a reload may bring one that does.
 */
const GONE: ReadonlySet<string> = new Set(["run_not_found", "run_gone", "cannot_resume", "key_reused", "invalid_request"]);

/** A run as both clients follow it: cursor, delivery, states. The transport feeds it; PROTOCOL.md §7 is what it promises. */
export class FollowedRun<Chunk extends ChunkLike = RunChunk> implements Run<Chunk> {
  readonly started: Promise<string>;
  #id: string | undefined;
  #resolveStarted!: (id: string) => void;
  #rejectStarted!: (error: TransportError) => void;
  /** The newest event that was taken from the wire; "" and 0 before the first. */
  #epoch = "";
  #seq = 0;
  /** The newest event that the application received. */
  #received: string | undefined;
  #connection: ConnectionState = "connecting";
  #end: RunEnd | undefined;
  #iterated = false;
  #stopped = false;
  readonly #options: FollowOptions;
  readonly #driver: Driver;
  readonly #delivery: Delivery<Chunk>;
  /** A signal may outlive thousands of runs. */
  #forgetSignal: () => void = () => undefined;
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #faults = new Faults();
  readonly #requests: Requests;

  /** @param makeDriver is given the run, and may not use it before it returns */
  constructor(makeDriver: (run: FollowedRun<Chunk>) => Driver, options: FollowOptions) {
    this.#options = options;
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve;
      this.#rejectStarted = reject;
    });
    // Whoever does not await `started` learns of the failure from the iteration.
    this.started.catch(() => undefined);
    this.#delivery = new Delivery<Chunk>(
      (event) => this.#onReceived(event),
      () => this.#leave(),
      () => this.#onNext(),
    );
    this.#requests = new Requests(options.inputGraceMs);
    this.#driver = makeDriver(this);
    const { id, after, signal, invalid } = options;
    if (invalid !== undefined) queueMicrotask(() => this.fail(invalid));
    const cursor = after === undefined ? undefined : parseEventId(after);
    if (cursor !== undefined) {
      this.#epoch = cursor.epoch;
      this.#seq = cursor.seq;
      this.#received = after;
    }
    if (id !== undefined) this.identify(id);
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

  get lastHeardAt(): number | undefined {
    return this.#driver.heardAt;
  }

  get end(): RunEnd | undefined {
    return this.#end;
  }

  async send(data: unknown, options: SendOptions = {}): Promise<string> {
    const { maxPendingInputs } = this.#options;
    const key = keyOf(options);
    if (this.#requests.inputs >= maxPendingInputs)
      throw new TransportError({
        code: "queue_full",
        message: `${maxPendingInputs} inputs wait for their answer: await some first.`,
      });
    const closed = this.#options.closed?.();
    if (closed !== undefined) throw closed;
    if (options.signal?.aborted === true) throw abortedError(options.signal.reason);
    const input = sendable(data);
    const sent = this.#requests.input((signal) => this.#driver.send(key, input, signal));
    return options.signal === undefined ? sent : unlessAborted(sent, options.signal);
  }

  async cancel(): Promise<void> {
    const closed = this.#options.closed?.();
    if (closed !== undefined) throw closed;
    return this.#requests.cancel((signal) => this.#driver.cancel(signal));
  }

  close(): void {
    this.abort("The run was closed.");
  }

  onStateChange(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent<Chunk>, undefined> {
    return this.#once().events();
  }

  batches(): AsyncIterable<readonly RunEvent<Chunk>[]> {
    return { [Symbol.asyncIterator]: () => this.#once().batches() };
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

  // ---- what the client and the transport tell it ----

  begin(): void {
    if (!this.#stopped) this.#driver.begin();
  }

  /** The newest event taken from the wire: where to resume from. */
  get cursor(): string | undefined {
    return this.#seq === 0 ? undefined : formatEventId(this.#epoch, this.#seq);
  }

  /** Whether it is over for this client. */
  get stopped(): boolean {
    return this.#stopped;
  }

  identify(id: string): void {
    if (this.#id === id) return;
    this.#id = id;
    this.#options.saved?.put({ run: id, after: this.#received });
    this.#resolveStarted(id);
  }

  /** Takes one event. @returns where it stands; `malformed` where the id is not of the grammar. Only `next` was delivered. */
  take(id: string, chunk: Chunk): Place | "malformed" {
    // Nearly every event is the next one, and then nothing has to be taken apart.
    if (this.#seq > 0 && isNext(id, this.#epoch, this.#seq + 1)) return this.#accept(this.#epoch, this.#seq + 1, id, chunk);
    const parsed = parseEventId(id);
    return parsed === undefined ? "malformed" : this.takeAt(parsed.epoch, parsed.seq, chunk);
  }

  /** The same for an event whose id is `<epoch>.<seq>`. @param id that, where it is there already */
  takeAt(epoch: string, seq: number, chunk: Chunk, id?: string): Place {
    const place = placeOf(this.#seq === 0 ? undefined : this.#epoch, this.#seq, epoch, seq);
    return place === "next" ? this.#accept(epoch, seq, id ?? formatEventId(epoch, seq), chunk) : place;
  }

  /**
   * The same for events that follow one another, of which the first is `<epoch>.<seq>`. The application is given them as one read.
   *
   * @returns `next` where any is new: those are taken, and the others dropped; else where the first stands
   */
  takeAll(epoch: string, seq: number, chunks: readonly ChunkLike[]): Place {
    const place = placeOf(this.#seq === 0 ? undefined : this.#epoch, this.#seq, epoch, seq);
    const known = place === "next" ? 0 : this.#seq - seq + 1;
    if ((place !== "next" && place !== "seen") || known >= chunks.length) return place;
    for (let index = known; index < chunks.length && !this.#stopped; index += 1) {
      const chunk: unknown = chunks[index];
      // Whoever read it from the wire has checked it.
      if (isChunk<Chunk>(chunk)) this.#accept(epoch, seq + index, formatEventId(epoch, seq + index), chunk);
    }
    this.handOver();
    return "next";
  }

  #accept(epoch: string, seq: number, id: string, chunk: Chunk): "next" {
    if (this.#stopped) return "next";
    const { dataSchemas } = this.#options;
    let data = chunk;
    if (dataSchemas !== undefined) {
      try {
        data = checkData(chunk, dataSchemas);
      } catch (error) {
        this.fail(asTransportError(error));
        return "next";
      }
    }
    this.#epoch = epoch;
    this.#seq = seq;
    this.#faults.forget();
    this.#delivery.push({ id, data });
    if (isRunEnd(chunk)) this.complete();
    return "next";
  }

  /** Whatever was taken reaches a loop that waits. The transport calls it behind the last event of a read. */
  handOver(): void {
    this.#delivery.handOver();
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
      this.#options.saved?.put(null);
    }
    this.#requests.end();
    this.#delivery.finish();
    this.#stop(true);
  }

  fail(error: TransportError): void {
    if (this.#stopped) return;
    // A start that is too large for the agent, or for a proxy before it, is so after a reload, too.
    if (GONE.has(error.code) || (this.#id === undefined && error.status === 413)) this.#options.saved?.put(null);
    this.#rejectStarted(error);
    this.#forgetSignal();
    this.#delivery.finish(error);
    this.#stop(false, error);
  }

  /**
   * Something came in this run's name that is not this protocol (PROTOCOL.md §7.6): no JSON, no event, no id, a terminal event without its state. The transport
   * gives the connection up and makes another from {@link cursor}. Call it once for each connection that is given up. MAX_FAULTS of them in a row, with no new
   * event between, end this run with `unexpected_response`, and no other.
   *
   * @returns what the connection is given up with; where that is no LostError, the run has ended with it
   */
  fault(message: string, cause?: unknown): TransportError {
    const error = this.#faults.count(new TransportError({ code: "unexpected_response", message }, { cause }));
    if (!(error instanceof LostError)) this.fail(error);
    return error;
  }

  /** The application wants no more. */
  abort(reason: unknown): void {
    const error = abortedError(reason);
    this.#forgetSignal();
    this.#rejectStarted(error);
    this.#forgetEnded();
    this.#delivery.discard(error);
    if (!this.#stopped) this.#stop(false, error);
  }

  connectionIs(to: ConnectionState, details: Omit<StateChange, "from" | "to"> = {}): void {
    const from = this.#connection;
    if (from === "ended" || from === "failed" || (from === to && to !== "waiting")) return;
    this.#connection = to;
    callEach(this.#listeners, { from, to, ...details });
  }

  #once(): Delivery<Chunk> {
    if (this.#iterated) throw optionError("A run is iterated once. For a second reader, call client.resume(run.id).");
    this.#iterated = true;
    return this.#delivery;
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

  /** The application is done with what it has received, and asks for more. */
  #onNext(): void {
    const { saved, after, closed } = this.#options;
    if (this.#end !== undefined) saved?.put(null);
    else if (this.#id !== undefined && this.#received !== after) saved?.put({ run: this.#id, after: this.#received });
    const error = closed?.();
    // The connection of a run may be over by then, and its end not read. The client keeps no such run: its application may have dropped it.
    if (error) this.abort(error);
  }

  /** Whoever leaves at the terminal event, or behind it, is done with the run. */
  #forgetEnded(): void {
    if (this.#end !== undefined) this.#options.saved?.put(null);
  }

  #leave(): void {
    this.#forgetSignal();
    this.#forgetEnded();
    if (this.#stopped) return;
    this.#rejectStarted(abortedError("The application left the loop."));
    this.#stop(false);
  }

  #stop(whole: boolean, error?: TransportError): void {
    this.#stopped = true;
    this.connectionIs(error === undefined ? "ended" : "failed", error && { error });
    this.#driver.stop(whole);
    this.#options.onStop();
  }
}
