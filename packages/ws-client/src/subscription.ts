import {
  formatEventId,
  isChunk,
  parseEventId,
  retryDelayMs,
  type ChunkLike,
  type ServerFrame,
  type StateChange,
  type TransportError,
} from "@agent-transports/protocol";
import { exhausted, LostError, type Driver, type FollowedRun, type Start } from "@agent-transports/protocol/core";
import type { Connection } from "./connection.ts";
import type { Uplink } from "./uplink.ts";

type EventsFrame = Extract<ServerFrame, { readonly type: "events" }>;

/** Follows one run on the client's socket. */
export class Subscription<Chunk extends ChunkLike> implements Driver {
  readonly #run: FollowedRun<Chunk>;
  readonly #connection: Connection;
  readonly #uplink: Uplink;
  /** What begins the run; absent for one that exists. */
  readonly start: Start | undefined;
  readonly #onStop: (left: string | undefined) => void;
  /** Whether the socket of now has been asked for this run. */
  #asked = false;
  /** Refusals in a row since the agent last gave something of this run, and the first one's time. */
  #refusals = 0;
  #refusedAt = 0;
  /** Until it asks again, and why. */
  #pause: { readonly timer: ReturnType<typeof setTimeout>; readonly why: Omit<StateChange, "from" | "to"> } | undefined;
  /** Ids of events whose reception the server wants to hear of, in order. */
  #marked: string[] = [];

  /** @param onStop is given the run's id where the agent may still send of it */
  constructor(
    run: FollowedRun<Chunk>,
    connection: Connection,
    uplink: Uplink,
    start: Start | undefined,
    onStop: (left: string | undefined) => void,
  ) {
    this.#run = run;
    this.#connection = connection;
    this.#uplink = uplink;
    this.start = start;
    this.#onStop = onStop;
  }

  get run(): FollowedRun<Chunk> {
    return this.#run;
  }

  get heardAt(): number | undefined {
    return this.#connection.heardAt;
  }

  begin(): void {
    if (this.#connection.open) this.ask();
    else this.#connection.need();
  }

  async send(key: string, data: unknown): Promise<string> {
    // Awaited also where it is known: a later call would overtake the earlier ones.
    const id = await this.#run.started;
    const answer = this.#uplink.input(id, key, data);
    this.#connection.need();
    return answer;
  }

  async cancel(): Promise<void> {
    const id = await this.#run.started;
    const answer = this.#uplink.cancel(id);
    this.#connection.need();
    return answer;
  }

  stop(whole: boolean): void {
    clearTimeout(this.#pause?.timer);
    // With its terminal event a subscription is over at the agent too.
    this.#onStop(!whole && this.#asked ? this.#run.id : undefined);
  }

  received(id: string): void {
    if (id !== this.#marked[0]) return;
    this.#marked.shift();
    this.#connection.send({ type: "ack", run: this.#run.id!, id });
  }

  /** The socket is being opened: what its URL asks for. */
  handshake(): string | undefined {
    const { id, cursor } = this.#run;
    this.#marked = [];
    this.#asked = id !== undefined && this.#pause === undefined;
    if (!this.#asked) return undefined;
    return cursor === undefined ? id : `${id}:${cursor}`;
  }

  /** The socket is open. */
  ask(): void {
    if (this.#pause !== undefined) return this.#run.connectionIs("waiting", this.#pause.why);
    const { id, cursor } = this.#run;
    if (!this.#asked) {
      this.#asked = true;
      if (id !== undefined)
        this.#connection.send({ type: "resume", run: id, ...(cursor === undefined ? {} : { after: cursor }), acks: true });
      else if (this.start !== undefined) this.#connection.send({ type: "start", key: this.start.key, input: this.start.input, acks: true });
    }
    this.#run.connectionIs("open");
  }

  /** @returns whether it brought anything new */
  events(frame: EventsFrame): boolean {
    const first = parseEventId(frame.id);
    if (first === undefined) return false; // decodeServerFrame has checked it.
    // The terminal event may end the run, and this subscription with it, in the loop.
    if (frame.ack === true) this.#marked.push(formatEventId(first.epoch, first.seq + frame.events.length - 1));
    let news = false;
    let seq = first.seq - 1;
    for (const chunk of frame.events) {
      seq += 1;
      if (!isChunk<Chunk>(chunk)) continue; // So has it this.
      const place = this.#run.takeAt(first.epoch, seq, chunk);
      if (place === "next") {
        news = true;
        this.#refusals = 0;
      } else if (place !== "seen") {
        const id = formatEventId(first.epoch, seq);
        this.#connection.lose(new LostError(place === "gap" ? `Events are missing before ${id}.` : `${id} is of another log.`));
        return news;
      }
    }
    return news;
  }

  /** The agent cannot for now: this run waits and asks again, by the policy of connections (PROTOCOL.md §6), and the socket goes on with its others. */
  refusedForNow(error: LostError): void {
    const now = performance.now();
    if (this.#refusals === 0) this.#refusedAt = now;
    this.#refusals += 1;
    const { retry } = this.#connection.settings;
    const delayMs = retryDelayMs(this.#refusals, retry, Math.random(), error.atLeastMs);
    const gaveUp = exhausted(retry, { failures: this.#refusals, elapsedMs: now - this.#refusedAt, delayMs }, error);
    if (gaveUp !== undefined) return this.fail(gaveUp);
    clearTimeout(this.#pause?.timer);
    this.#asked = false;
    const askAgain = (): void => {
      this.#pause = undefined;
      if (this.#connection.open) this.ask();
      else this.#connection.need();
    };
    const why = { attempt: this.#refusals, delayMs, error };
    this.#pause = { timer: setTimeout(askAgain, delayMs), why };
    this.#run.connectionIs("waiting", why);
  }

  started(frame: Extract<ServerFrame, { readonly type: "started" }>): void {
    this.#run.identify(frame.run.id);
  }

  resumed(frame: Extract<ServerFrame, { readonly type: "resumed" }>): void {
    const { state, error, lastEventId } = frame.run;
    // Complete and read: 204's twin.
    if (state !== "running" && frame.after === lastEventId && lastEventId === (this.#run.cursor ?? null))
      this.#run.complete({ state, ...(error && { error }) });
  }

  fail(error: TransportError): void {
    this.#run.fail(error);
  }
}
