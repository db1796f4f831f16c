import { LostError, type FollowedRun, type Place, type TransportError } from "@agent-transports/client-core";
import { isRunEnd, parseEventId, type ClientFrame, type RunInfo, type ServerFrame } from "@agent-transports/protocol";

/** One that follows a run: there may be several of one run. */
export interface Reader {
  readonly run: Pick<FollowedRun, "cursor" | "lastEventId" | "complete" | "fault">;
  /** @returns what the events are to this reader: `next` where any is new, else what the first is */
  take(epoch: string, seq: number, chunks: EventsFrame["events"]): Place;
  /** The agent has accepted what was asked for this reader. */
  accepted(): void;
  /** It is given no more until it joins again, which it does once its application has read what it has. */
  park(): void;
  /** It leaves, and joins again after a wait by the policy of connections. */
  again(error: LostError): void;
  fail(error: TransportError): void;
}

type EventsFrame = Extract<ServerFrame, { readonly type: "events" }>;

/** A `resume` that was not answered yet. */
interface Ask {
  readonly after: string | undefined;
  /** Those who are where it begins: its refusal is theirs. */
  readers: readonly Reader[];
  /** Nobody was left by then, and the agent was told so behind it. */
  left: boolean;
}

/** A reader that has the others wait for so long is parked, in milliseconds: longer than a loop is late that reads as it can. */
const PATIENCE_MS = 100;

/**
 * A run's events on one socket, for all of its readers in this client.
 *
 * A socket has one subscription of a run: a second `resume` replaces the first (PROTOCOL.md §4.1). It begins where the reader is that has the least; to the
 * others what they have comes once more, and they drop it. What is on its way when it is replaced says nothing about a reader that was not there yet: only
 * where nothing is asked any more is a missing event a loss.
 */
export class Feed {
  readonly #id: string;
  readonly #send: (frame: ClientFrame) => void;
  /** Of the start that was answered with this run. */
  key: string | undefined;
  /** Those who take what comes. */
  readonly #readers = new Set<Reader>();
  /** Whose cursor the agent has accepted. */
  readonly #accepted = new WeakSet<Reader>();
  /** In the order of their answers. */
  #asks: Ask[] = [];
  /** The socket has brought the log up to here, and goes on behind it; `undefined` where nothing comes. */
  #at: number | undefined;
  /** The agent has a subscription of it, also where what that brings is of no use any more. */
  #subscribed = false;
  /** What it brought or answered last is nobody's any more: so is what it refuses behind that. */
  #nobodys = false;
  /** Those that were given up on this socket: their answers may still come, before those of {@link #asks}. */
  #late: Ask[] = [];
  /** A refusal was taken for one of those, while another one waited. */
  #doubt = false;
  /** What is known of the log, on whichever socket. */
  #epoch = "";
  #tail = 0;
  /** `seq` of events whose reception the agent wants to hear of, in order. */
  #marks: number[] = [];
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string, send: (frame: ClientFrame) => void) {
    this.#id = id;
    this.#send = send;
  }

  /** A socket is being opened, behind {@link forget}, and its URL asks for this run. @returns the parameter */
  handshake(readers: readonly Reader[]): string {
    for (const reader of readers) this.#readers.add(reader);
    const after = this.#lowest();
    this.#asks.push({ after, readers: this.#whoIsAt(after), left: false });
    return after === undefined ? this.#id : `${this.#id}:${after}`;
  }

  /** The socket is gone, and all that was asked on it. */
  forget(): void {
    clearTimeout(this.#patience);
    this.#readers.clear();
    this.#asks = [];
    this.#late = [];
    this.#marks = [];
    this.#at = this.#patience = undefined;
    this.#subscribed = this.#nobodys = this.#doubt = false;
  }

  /** The socket is open. What it brings already may do for this reader. */
  join(reader: Reader): void {
    this.#readers.add(reader);
    const { cursor } = reader.run;
    const last = this.#asks.at(-1);
    if (last !== undefined && !last.left && last.after === cursor) last.readers = [...last.readers, reader];
    else {
      const from = last === undefined ? this.#at : last.left ? undefined : seqOf(last.after);
      if (from === undefined || !this.#knows(reader) || seqOf(cursor) < from) this.#ask(cursor);
    }
    // What came while there was nobody: the agent waits to hear of it.
    this.#acknowledge();
  }

  leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#acknowledge();
  }

  /** Nobody reads it, and the agent may still send of it. */
  get forNobody(): boolean {
    return this.#readers.size === 0 && (this.#subscribed || this.#open.some(({ left }) => !left));
  }

  /** Nobody reads it, and nothing is to come. */
  get over(): boolean {
    return this.#readers.size === 0 && !this.#subscribed && this.#open.length === 0;
  }

  /** Whose answers may come. */
  get #open(): Ask[] {
    return [...this.#late, ...this.#asks];
  }

  unsubscribe(): void {
    this.#send({ type: "unsubscribe", run: this.#id });
    for (const ask of this.#open) ask.left = true;
    this.#marks = [];
    this.#at = undefined;
    this.#nobodys ||= this.#subscribed;
    this.#subscribed = false;
  }

  started({ run, key }: Extract<ServerFrame, { readonly type: "started" }>, readers: readonly Reader[]): void {
    this.key = key;
    for (const reader of readers) {
      this.#readers.add(reader);
      reader.accepted();
    }
    this.#answered(run, undefined);
    this.#nobodys = !this.#subscribed;
  }

  /**
   * Whether an answer is of one that was given up. Answers come in order. A `resumed` with the cursor of the one that waits is taken for its own all the same:
   * either way the agent sends from there. Where the client has left since, it does not.
   *
   * @param after of a `resumed`; `undefined` for a refusal
   */
  isLate(after?: string | null): boolean {
    const [late] = this.#late;
    const [ask] = this.#asks;
    return late !== undefined && (late.left || ask === undefined || (ask.after ?? null) !== after);
  }

  resumed({ run, after }: Extract<ServerFrame, { readonly type: "resumed" }>): void {
    const isLate = this.isLate(after);
    const ask = (isLate ? this.#late : this.#asks).shift();
    if (!isLate)
      for (const reader of ask?.readers ?? []) {
        this.#accepted.add(reader);
        reader.accepted();
      }
    if (ask?.left !== true) this.#answered(run, after ?? undefined);
    this.#nobodys = !this.#subscribed;
  }

  /** The first `resume` that waits was not answered in time. @returns whether it may have been, and only another socket tells */
  unanswered(error: LostError): boolean {
    const ask = this.#asks.shift();
    if (ask === undefined) return false; // It was refused by an error that does not name it.
    if (this.#doubt && !ask.left) return true;
    this.#late.push(ask);
    this.#refuse(ask, error);
    return false;
  }

  /**
   * @param frame the type of what was refused: a `resume`, or a `start` that may be of none of these; else it is what comes already, where anything does. An `ack`
   *   is always of what came
   */
  refused(error: TransportError, frame?: string): void {
    const asked = frame === "resume";
    if (asked && this.isLate()) {
      // Its readers have been told, and ask again.
      this.#late.shift();
      this.#doubt ||= this.#asks.length > 0;
      return;
    }
    const isNobodys = !asked && (this.#nobodys || (frame === "ack" && !this.#subscribed));
    this.#nobodys = false;
    if (isNobodys) return;
    const ask = asked || !this.#subscribed ? this.#asks.shift() : undefined;
    // A server may name the `resume` also where it refuses what comes already. The next refusal then finds none that waits, and may be of any reader: whoever asks
    // anew is told what holds.
    const isAnyones = frame === "start" || (asked && ask === undefined);
    this.#refuse(ask, isAnyones && !(error instanceof LostError) ? new LostError(error.message, { cause: error }) : error);
  }

  /** @param ask what was refused; `undefined` for what comes already */
  #refuse(ask: Ask | undefined, refusal: TransportError): void {
    if (ask === undefined) {
      this.#at = undefined;
      this.#subscribed = false;
    }
    // As they are now: an application may ask anew in what it is told.
    const concerned = [...(ask?.readers ?? this.#readers)];
    for (const reader of concerned) {
      // Whoever waits for another answer is given that one.
      if (this.#asks.some(({ readers }) => readers.includes(reader)) || !this.#readers.delete(reader)) continue;
      if (refusal instanceof LostError) reader.again(refusal);
      else reader.fail(refusal);
    }
    this.#align();
    this.#acknowledge();
  }

  /** Something came in the run's name that is not the protocol. */
  faulty(message: string): void {
    this.#restart([...this.#readers].map((reader) => [reader, message]));
  }

  /** @returns whether it brought anything new */
  events({ id, events, ack }: EventsFrame): boolean {
    const first = parseEventId(id);
    // decodeServerFrame has checked it; it was on its way when the last one left.
    if (first === undefined || !this.#subscribed) return false;
    const { epoch, seq } = first;
    const missed: [Reader, string][] = [];
    let news = false;
    this.#at = seq + events.length - 1;
    // First: the terminal event may end a reader in the loop, and ends the subscription (PROTOCOL.md §4.2).
    if (ack === true) this.#marks.push(this.#at);
    const last = events.at(-1);
    const end = last !== undefined && isRunEnd(last) ? last : undefined;
    if (end !== undefined) this.#subscribed = false;
    for (const reader of this.#readers) {
      const place = reader.take(epoch, seq, events);
      if (place === "next") news = true;
      else if (place !== "seen")
        missed.push([reader, place === "gap" ? `Events are missing before ${id}.` : `${id} belongs to another log.`]);
      // Whoever has it, and not whoever says to have more: what that one is, the answer to its own `resume` says.
      else if (end !== undefined && seqOf(reader.run.cursor) === this.#at) reader.run.complete(end.data);
    }
    if (news) {
      this.#epoch = epoch;
      this.#tail = Math.max(this.#tail, this.#at);
    }
    if (end !== undefined) this.#at = undefined;
    if (this.#asks.length === 0 && missed.length > 0) this.#restart(missed);
    this.#acknowledge();
    return news;
  }

  /** An application received an event. */
  received(): void {
    this.#acknowledge();
  }

  #ask(after: string | undefined): void {
    this.#asks.push({ after, readers: this.#whoIsAt(after), left: false });
    this.#send({ type: "resume", run: this.#id, ...(after !== undefined && { after }), acks: true });
  }

  #answered({ epoch, lastEventId, state, error }: RunInfo, after: string | undefined): void {
    const tail = seqOf(lastEventId ?? undefined);
    this.#tail = this.#epoch === epoch ? Math.max(this.#tail, tail) : tail;
    this.#epoch = epoch;
    // Those of the subscription that this one replaces.
    this.#marks = [];
    const over = state !== "running";
    // Complete and read: 204's twin. Then nothing comes.
    this.#subscribed = !over || (after ?? null) !== lastEventId;
    this.#at = this.#subscribed ? seqOf(after) : undefined;
    if (over)
      for (const { run } of this.#readers) if ((run.cursor ?? null) === lastEventId) run.complete({ state, ...(error && { error }) });
    this.#align();
  }

  /** Asks for what does not come by itself, where there is such, and where nothing is asked already. */
  #align(): void {
    if (this.#asks.length > 0 || this.#readers.size === 0) return;
    // Let the server say it.
    const unknown = [...this.#readers].find((reader) => !this.#knows(reader));
    if (unknown !== undefined) return this.#ask(unknown.run.cursor);
    const lowest = this.#lowest();
    if (this.#at === undefined || seqOf(lowest) < this.#at) this.#ask(lowest);
  }

  /** What comes cannot be gone on with by these: for each it is a fault (PROTOCOL.md §7.6). */
  #restart(lost: readonly (readonly [Reader, string])[]): void {
    this.#at = undefined;
    for (const [reader, message] of lost) {
      // What another one was told may have had this one leave.
      if (!this.#readers.delete(reader)) continue;
      const error = reader.run.fault(message);
      if (error instanceof LostError) reader.again(error);
    }
    this.#align();
  }

  /** Tells the agent what all have received. While the subscription is being replaced there is none whose window it would open. */
  #acknowledge(): void {
    if (this.#marks.length === 0 || this.#asks.length > 0 || this.#readers.size === 0) return;
    const least = Math.min(...[...this.#readers].map(receivedBy));
    for (let mark = this.#marks[0]; mark !== undefined && mark <= least; mark = this.#marks[0]) {
      this.#marks.shift();
      this.#send({ type: "ack", run: this.#id, id: `${this.#epoch}.${mark}` });
    }
    if (this.#marks.length > 0 && this.#readers.size > 1) this.#patience ??= setTimeout(() => this.#park(), PATIENCE_MS);
  }

  /** Goes on without those who have others wait. */
  #park(): void {
    this.#patience = undefined;
    const [mark = Infinity] = this.#marks;
    const last = this.#marks.at(-1) ?? Infinity;
    if (this.#asks.length > 0 || ![...this.#readers].some((reader) => receivedBy(reader) >= last)) return;
    for (const reader of this.#readers) {
      if (receivedBy(reader) >= mark) continue;
      this.#readers.delete(reader);
      reader.park();
    }
    this.#acknowledge();
    // What was sent again for those is on the others' way.
    const lowest = this.#lowest();
    if (this.#at !== undefined && seqOf(lowest) > this.#at) this.#ask(lowest);
  }

  /** Whether its cursor is one of this log: then what comes from before it will do. */
  #knows(reader: Reader): boolean {
    const { cursor } = reader.run;
    if (cursor === undefined || this.#accepted.has(reader)) return true;
    const id = parseEventId(cursor);
    return id !== undefined && id.epoch === this.#epoch && id.seq <= this.#tail;
  }

  #whoIsAt(cursor: string | undefined): readonly Reader[] {
    return [...this.#readers].filter(({ run }) => run.cursor === cursor);
  }

  /** Of those that are known to be of this log, if any are. */
  #lowest(): string | undefined {
    const known = [...this.#readers].filter((reader) => this.#knows(reader));
    const cursors = (known.length > 0 ? known : [...this.#readers].slice(0, 1)).map(({ run }) => run.cursor);
    return cursors.reduce((lowest, cursor) => (seqOf(cursor) < seqOf(lowest) ? cursor : lowest), cursors[0]);
  }
}

function receivedBy({ run }: Reader): number {
  return seqOf(run.lastEventId);
}

function seqOf(cursor: string | undefined): number {
  return cursor === undefined ? 0 : (parseEventId(cursor)?.seq ?? 0);
}
