import { LostError, placeOf, TransportError, type Place } from "@agent-transports/client-core";
import { formatEventId, parseEventId, type ClientFrame, type RunChunk, type RunInfo, type ServerFrame } from "@agent-transports/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Feed, type Reader } from "./feed.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const EVENTS = 60;
const chunk: RunChunk = { type: "text-delta", id: "0", delta: "x" };
const terminal: RunChunk = { type: "data-run-end", data: { state: "finished" }, transient: true };

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What an agent may do with a `resume`: PROTOCOL.md §4.2. */
type Refusal = "none" | "instead of an answer" | "behind it" | "behind it, as before";

/** An agent with one run, as PROTOCOL.md §4.1 and §4.4 have it, with a window of six events. */
class Agent {
  tail = 0;
  #subscription: { at: number; outstanding: number[] } | undefined;
  readonly #send: (frame: ServerFrame) => void;
  readonly #refusal: () => Refusal;

  constructor(send: (frame: ServerFrame) => void, refusal: () => Refusal) {
    this.#send = send;
    this.#refusal = refusal;
  }

  get subscribed(): boolean {
    return this.#subscription !== undefined;
  }

  /** The socket is gone. */
  lost(): void {
    this.#subscription = undefined;
  }

  write(): void {
    if (this.tail < EVENTS) this.tail += 1;
    this.#deliver();
  }

  receive(frame: ClientFrame): void {
    if (frame.type === "unsubscribe") this.#subscription = undefined;
    if (frame.type === "ack" && this.#subscription !== undefined) {
      const seq = parseEventId(frame.id)!.seq;
      this.#subscription.outstanding = this.#subscription.outstanding.filter((one) => one > seq);
      this.#deliver();
    }
    if (frame.type !== "resume") return;
    const refusal = this.#refusal();
    const full = { type: "error", run: "r", error: { code: "too_many_requests", message: "Full." } } as const;
    if (refusal === "instead of an answer") return this.#send({ ...full, frame: "resume" });
    this.#send({ type: "resumed", run: this.#info(), after: frame.after ?? null });
    if (refusal !== "none") {
      this.#subscription = undefined;
      return this.#send(refusal === "behind it" ? full : { ...full, frame: "resume" });
    }
    this.#subscription = { at: frame.after === undefined ? 0 : parseEventId(frame.after)!.seq, outstanding: [] };
    this.#deliver();
  }

  #deliver(): void {
    while (this.#subscription !== undefined && this.#subscription.at < this.tail && this.#subscription.outstanding.length < 6) {
      const seq = (this.#subscription.at += 1);
      this.#subscription.outstanding.push(seq);
      const events = [seq === EVENTS ? terminal : chunk];
      this.#send({ type: "events", run: "r", id: formatEventId("e", seq), events, ...(seq % 3 === 0 && { ack: true }) });
      if (seq === EVENTS) this.#subscription = undefined;
    }
  }

  #info(): RunInfo {
    const over = this.tail === EVENTS;
    const lastEventId = this.tail === 0 ? null : formatEventId("e", this.tail);
    return {
      id: "r",
      state: over ? "finished" : "running",
      epoch: "e",
      lastEventId,
      createdAt: "",
      endedAt: null,
      error: null,
      events: "",
    };
  }
}

/** A reader whose application takes events when the test says so. */
class TestReader implements Reader {
  readonly from: number;
  received: number;
  taken: number;
  parked = false;
  over = false;
  /** It asks again when the test says so. */
  waits = false;
  readonly losses: string[] = [];
  readonly #feed: Feed;
  readonly run: Reader["run"];

  constructor(feed: Feed, from: number) {
    this.#feed = feed;
    this.from = this.received = this.taken = from;
    const id = (seq: number): string | undefined => (seq === 0 ? undefined : formatEventId("e", seq));
    const cursor = (): string | undefined => id(this.taken);
    const lastEventId = (): string | undefined => id(this.received);
    const end = (): void => this.end();
    this.run = {
      get cursor() {
        return cursor();
      },
      get lastEventId() {
        return lastEventId();
      },
      complete: end,
      fault: (message) => {
        throw new Error(message);
      },
    };
  }

  end(): void {
    this.over = true;
    this.#feed.leave(this);
  }

  take(epoch: string, seq: number, chunks: readonly RunChunk[]): Place {
    const places = chunks.map((chunk, index) => this.#take(epoch, seq + index, chunk));
    return places.includes("next") ? "next" : places[0]!;
  }

  #take(epoch: string, seq: number, taken: RunChunk): Place {
    const place = placeOf(this.taken === 0 ? undefined : "e", this.taken, epoch, seq);
    if (place !== "next" || this.over) return place;
    this.taken = seq;
    if (taken.type === "data-run-end") this.end();
    return place;
  }

  consume(): void {
    if (this.received === this.taken) return;
    this.received += 1;
    if (!this.parked) this.#feed.received();
    else if (this.received === this.taken) {
      this.parked = false;
      this.#feed.join(this);
    }
  }

  accepted(): void {
    // It counts no refusals.
  }

  park(): void {
    this.parked = true;
  }

  again(error: LostError): void {
    this.waits = true;
    this.losses.push(error.message);
  }

  ask(): void {
    if (!this.waits || this.over) return;
    this.waits = false;
    this.#feed.join(this);
  }

  fail(error: Error): void {
    this.losses.push(error.message);
  }
}

it.each(Array.from({ length: 300 }, (_, seed) => seed))(
  "gives each reader a whole run, in whatever order readers come, read and leave, are refused for now and answered late: seed %i",
  (seed) => {
    const random = seeded(seed);
    const up: ClientFrame[] = [];
    const down: ServerFrame[] = [];
    const behind = (["none", "behind it", "behind it, as before"] as const)[seed % 3]!;
    let refuses = behind !== "none";
    const refusal = (): Refusal => (!refuses || random() < 0.7 ? "none" : random() < 0.3 ? "instead of an answer" : behind);
    const agent = new Agent((frame) => down.push(frame), refusal);
    const feed = new Feed("r", (frame) => up.push(frame));
    const readers: TestReader[] = [];
    const unread = random() < 0.3;
    const live = (): TestReader[] => readers.filter(({ over }) => !over);
    const pick = (): TestReader | undefined => live()[Math.floor(random() * live().length)];
    const hear = (): void => {
      const frame = down.shift();
      if (frame?.type === "resumed") feed.resumed(frame);
      else if (frame?.type === "events") feed.events(frame);
      else if (frame?.type === "error") feed.refused(new LostError("full"), frame.frame);
    };
    const join = (): void => {
      // From an event that there was when the application heard of it.
      const reader = new TestReader(feed, random() < 0.4 ? 0 : Math.floor(random() * agent.tail));
      readers.push(reader);
      feed.join(reader);
    };
    const leave = (reader: TestReader | undefined): void => {
      if (reader === undefined || readers.length < 2) return;
      reader.end();
      if (feed.forNobody) feed.unsubscribe();
      reader.received = reader.taken = EVENTS;
    };
    /** The resume that waits longest is given up, and its answer comes all the same; where it may be another one's, the client gives up the socket. */
    const giveUp = (): void => {
      if (!feed.unanswered(new LostError("late"))) return;
      up.length = down.length = 0;
      agent.lost();
      feed.forget();
      for (const reader of live()) if (!reader.waits && !reader.parked) feed.join(reader);
    };
    join();
    for (let step = 0; step < 600; step += 1) {
      const chance = random();
      if (chance < 0.2) agent.write();
      else if (chance < 0.45) up.splice(0, 1).forEach((frame) => agent.receive(frame));
      else if (chance < 0.7) hear();
      else if (chance < 0.92) (unread && readers.length > 1 ? readers[1 + Math.floor(random() * (readers.length - 1))] : pick())?.consume();
      else if (chance < 0.95) vi.advanceTimersByTime(200);
      else if (chance < 0.96) pick()?.ask();
      else if (chance < 0.98 && readers.length < 5) join();
      else if (chance < 0.985) giveUp();
      else if (chance > 0.99) leave(pick());
    }
    // All is written, heard and read; what nobody reads until the others have is read last.
    refuses = false;
    for (let round = 0; round < 40 * EVENTS; round += 1) {
      agent.write();
      up.splice(0).forEach((frame) => agent.receive(frame));
      while (down.length > 0) hear();
      for (const reader of readers) reader.ask();
      for (const reader of readers.slice(unread ? 1 : 0)) reader.consume();
      vi.advanceTimersByTime(20);
    }
    expect(readers.slice(unread ? 1 : 0).map(({ received }) => received)).toEqual(readers.slice(unread ? 1 : 0).map(() => EVENTS));
    for (let round = 0; round < 40 * EVENTS; round += 1) {
      readers[0]!.consume();
      up.splice(0).forEach((frame) => agent.receive(frame));
      while (down.length > 0) hear();
      vi.advanceTimersByTime(20);
    }
    expect(readers.map(({ received }) => received)).toEqual(readers.map(() => EVENTS));
    const losses = readers.flatMap(({ losses }) => losses).filter((loss) => loss !== "late");
    expect(losses.filter((loss) => behind === "none" || loss !== "full")).toEqual([]);
    expect([feed.forNobody, feed.over]).toEqual([false, true]);
    expect(agent.subscribed).toBe(false);
  },
);

const running: RunInfo = {
  id: "r",
  state: "running",
  epoch: "e",
  lastEventId: "e.1",
  createdAt: "",
  endedAt: null,
  error: null,
  events: "",
};

it("leaves a reader whose cursor lies beyond the end to the agent's answer, also where the run ends before that answer", () => {
  const up: ClientFrame[] = [];
  const feed = new Feed("r", (frame) => up.push(frame));
  const [first, beyond, at] = [new TestReader(feed, 0), new TestReader(feed, 9), new TestReader(feed, 2)];
  feed.join(first);
  feed.resumed({ type: "resumed", run: running, after: null });
  feed.join(beyond);
  feed.join(at);
  feed.events({ type: "events", run: "r", id: "e.1", events: [chunk, terminal] });
  expect([first.over, beyond.over, at.over]).toEqual([true, false, true]);
  feed.refused(new TransportError({ code: "cannot_resume", message: "beyond_tail" }), "resume");
  expect(beyond.losses).toEqual(["beyond_tail"]);
});

it.each([true, false])(
  "leaves what a server refuses behind an answer apart from the refusal of the next resume, where the first names its resume: %s",
  (namesIt) => {
    const up: ClientFrame[] = [];
    const feed = new Feed("r", (frame) => up.push(frame));
    const [good, beyond] = [new TestReader(feed, 1), new TestReader(feed, 9)];
    const failed = vi.spyOn(good, "fail");
    feed.join(good);
    feed.join(beyond);
    feed.resumed({ type: "resumed", run: running, after: "e.1" });
    const [full, refusal] = [new LostError("full"), new TransportError({ code: "cannot_resume", message: "beyond_tail" })];
    feed.refused(full, namesIt ? "resume" : undefined);
    feed.refused(refusal, "resume");
    expect(failed).not.toHaveBeenCalled();
    expect(good.losses.length).toBe(1);
    // Whoever waits asks anew, and is answered alone.
    up.length = 0;
    feed.join(good);
    feed.resumed({ type: "resumed", run: running, after: "e.1" });
    if (namesIt) {
      feed.join(beyond);
      feed.refused(refusal, "resume");
    }
    expect(up).toEqual([1, ...(namesIt ? [9] : [])].map((seq) => ({ type: "resume", run: "r", after: `e.${seq}`, acks: true })));
    expect(beyond.losses.at(-1)).toBe("beyond_tail");
    feed.events({ type: "events", run: "r", id: "e.2", events: [chunk, terminal] });
    expect([good.over, failed.mock.calls.length]).toEqual([true, 0]);
  },
);

const full = (): LostError => new LostError("full");

it("leaves a reader to its own answer when an earlier reader that left is refused behind its answer", () => {
  const up: ClientFrame[] = [];
  const feed = new Feed("r", (frame) => up.push(frame));
  const [gone, stays] = [new TestReader(feed, 0), new TestReader(feed, 1)];
  feed.join(gone);
  gone.end();
  feed.unsubscribe();
  feed.join(stays);
  feed.resumed({ type: "resumed", run: running, after: null });
  feed.events({ type: "events", run: "r", id: "e.1", events: [chunk] });
  feed.refused(full());
  feed.resumed({ type: "resumed", run: running, after: "e.1" });
  feed.events({ type: "events", run: "r", id: "e.2", events: [chunk, terminal] });
  expect([stays.losses, stays.over]).toEqual([[], true]);
  expect(up.map(({ type }) => type)).toEqual(["resume", "unsubscribe", "resume"]);
});

it("leaves a reader to its own answer when an earlier one that is complete is refused behind its answer", () => {
  const up: ClientFrame[] = [];
  const feed = new Feed("r", (frame) => up.push(frame));
  const [complete, behind] = [new TestReader(feed, 3), new TestReader(feed, 0)];
  feed.join(complete);
  feed.join(behind);
  const ended: RunInfo = { ...running, state: "finished", lastEventId: "e.3" };
  feed.resumed({ type: "resumed", run: ended, after: "e.3" });
  feed.refused(full());
  feed.resumed({ type: "resumed", run: ended, after: null });
  feed.events({ type: "events", run: "r", id: "e.1", events: [chunk, chunk, terminal] });
  expect([complete.over, behind.losses, behind.over]).toEqual([true, [], true]);
  expect(up).toHaveLength(2);
});

it.each([false, true])(
  "leaves a reader to its own answer when the acknowledgement of an earlier reader is refused, in a new feed: %s",
  (anew) => {
    const up: ClientFrame[] = [];
    const feed = new Feed("r", (frame) => up.push(frame));
    const [gone, stays] = [new TestReader(feed, 0), new TestReader(feed, 1)];
    feed.join(gone);
    feed.resumed({ type: "resumed", run: running, after: null });
    feed.events({ type: "events", run: "r", id: "e.1", events: [chunk], ack: true });
    gone.consume();
    gone.end();
    feed.unsubscribe();
    // Where nothing else waits, the client makes another.
    const next = anew ? new Feed("r", (frame) => up.push(frame)) : feed;
    next.join(stays);
    next.refused(full(), "ack");
    next.resumed({ type: "resumed", run: running, after: "e.1" });
    expect([stays.losses, up.map(({ type }) => type)]).toEqual([[], ["resume", "ack", "unsubscribe", "resume"]]);
    // It is refused behind its own answer.
    next.refused(full());
    expect(stays.losses).toEqual(["full"]);
  },
);
