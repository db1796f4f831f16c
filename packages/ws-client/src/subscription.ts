import {
  exhausted,
  retryDelayMs,
  type Driver,
  type FollowedRun,
  type LostError,
  type Place,
  type Sendable,
  type Start,
  type StateChange,
  type TransportError,
} from "@agent-transports/client-core";
import type { CancelFrame, ChunkLike, InputFrame, RunChunk } from "@agent-transports/protocol";
import type { Connection } from "./connection.ts";
import type { Feed, Reader } from "./feed.ts";
import type { Uplink } from "./uplink.ts";

/** What the runs of a client share. */
export interface Shared {
  readonly connection: Connection;
  readonly uplink: Uplink;
  /** Those that stand on the socket. */
  readonly subscriptions: { add(subscription: Reader): unknown; delete(subscription: Reader): unknown };
  /** Asks for a start. @returns false where another one with its key waits for its answer: {@link Subscription.release} is called then */
  start(start: Start): boolean;
  /** What the socket brings of this run. */
  feed(run: string): Feed;
  /** It follows no more. */
  stopped(subscription: Reader): void;
}

/** Follows one run on the client's socket. */
export class Subscription<Chunk extends ChunkLike> implements Driver, Reader {
  readonly #run: FollowedRun<Chunk>;
  readonly #shared: Shared;
  /** What begins the run; absent for one that exists. */
  readonly start: Start | undefined;
  /** Whether the socket of now has been asked for this run. */
  #asked = false;
  /** Its start waits for the answer to another one with its key. */
  #held = false;
  /** Reads what it has before it is given more. */
  #parked = false;
  /** Refusals in a row since the agent last gave something of this run, and the first one's time. */
  #refusals = 0;
  #refusedAt = 0;
  /** Since when the agent has had nothing against it. */
  #acceptedAt: number | undefined;
  /** Until it asks again, and why. */
  #pause: { readonly timer: ReturnType<typeof setTimeout>; readonly why: Omit<StateChange, "from" | "to"> } | undefined;

  constructor(run: FollowedRun<Chunk>, start: Start | undefined, shared: Shared) {
    this.#run = run;
    this.start = start;
    this.#shared = shared;
  }

  get run(): FollowedRun<Chunk> {
    return this.#run;
  }

  get heardAt(): number | undefined {
    return this.#shared.connection.heardAt;
  }

  begin(): void {
    const { connection, subscriptions } = this.#shared;
    connection.need(() => subscriptions.add(this), this.#run);
    if (connection.open) this.ask();
  }

  send(key: string, data: Sendable, signal: AbortSignal): Promise<string> {
    return this.#request((run) => ({ type: "input", run, key, data }), signal);
  }

  async cancel(signal: AbortSignal): Promise<void> {
    await this.#request((run) => ({ type: "cancel", run }), signal);
  }

  async #request(frameOf: (run: string) => InputFrame | CancelFrame, signal: AbortSignal): Promise<string> {
    // Awaited also where it is known: a later call would overtake the earlier ones.
    const id = await this.#run.started;
    const { connection, uplink } = this.#shared;
    return connection.need(() => uplink.ask(frameOf(id), signal));
  }

  stop(): void {
    clearTimeout(this.#pause?.timer);
    // Its application may leave it while several runs are told something: that loop is not to ask for it. Nor is who reads what is left of it.
    this.#asked = this.#held = this.#parked = false;
    this.#shared.stopped(this);
  }

  received(id: string): void {
    const feed = this.#shared.feed(this.#run.id!);
    if (!this.#parked) feed.received();
    else if (id === this.#run.cursor) {
      this.#parked = this.#asked = false;
      if (this.#shared.connection.open) this.ask();
    }
  }

  /** The socket is being opened. @param put has its URL ask for this run, and tells whether there is room; else a frame asks for it, in {@link ask} */
  handshake(put: (id: string) => boolean): void {
    const { id } = this.#run;
    this.#asked = id !== undefined && this.#pause === undefined && (this.#parked || put(id));
  }

  /** The socket is open. */
  ask(): void {
    if (this.#pause !== undefined) return this.#run.connectionIs("waiting", this.#pause.why);
    const { id } = this.#run;
    if (!this.#asked) {
      const { start } = this;
      this.#asked = id !== undefined || (start !== undefined && this.#shared.start(start));
      this.#held = !this.#asked;
      if (id !== undefined) this.#shared.feed(id).join(this);
    }
    this.#run.connectionIs("open");
  }

  /** Whether the socket of now was asked for its start, and has not answered. */
  get starting(): boolean {
    return this.#asked && this.#run.id === undefined;
  }

  release(): void {
    if (this.#held) this.ask();
  }

  take(epoch: string, seq: number, chunks: readonly RunChunk[]): Place {
    const place = this.#run.takeAll(epoch, seq, chunks);
    if (place === "next") this.#refusals = 0;
    return place;
  }

  accepted(): void {
    this.#acceptedAt = performance.now();
  }

  park(): void {
    this.#parked = true;
  }

  /** This run waits and asks again, by the policy of connections (PROTOCOL.md §6), and the socket goes on with its others. */
  again(error: LostError): void {
    const { connection } = this.#shared;
    const now = performance.now();
    const { retry, heartbeatMs } = connection.settings;
    // It has proven itself as a connection does (PROTOCOL.md §6).
    if (this.#acceptedAt !== undefined && now - this.#acceptedAt >= heartbeatMs) this.#refusals = 0;
    this.#acceptedAt = undefined;
    if (this.#refusals === 0) this.#refusedAt = now;
    this.#refusals += 1;
    const delayMs = retryDelayMs(this.#refusals, retry, Math.random(), error.atLeastMs);
    const gaveUp = exhausted(retry, this.#refusals, now - this.#refusedAt, delayMs, error);
    if (gaveUp !== undefined) return this.fail(gaveUp);
    clearTimeout(this.#pause?.timer);
    this.#asked = false;
    const askAgain = (): void => {
      this.#pause = undefined;
      this.begin();
    };
    const why = { attempt: this.#refusals, delayMs, error };
    this.#pause = { timer: setTimeout(askAgain, delayMs), why };
    this.#run.connectionIs("waiting", why);
  }

  fail(error: TransportError): void {
    this.#run.fail(error);
  }
}
