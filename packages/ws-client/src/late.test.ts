import { LostError, TransportError, type Place } from "@agent-transports/client-core";
import { formatEventId, type ClientFrame, type RunChunk, type RunInfo } from "@agent-transports/protocol";
import { expect, it } from "vitest";
import { Feed, type Reader } from "./feed.ts";

const info: RunInfo = {
  id: "r",
  state: "running",
  epoch: "e",
  lastEventId: "e.1",
  createdAt: "",
  endedAt: null,
  error: null,
  events: "",
};
const chunk: RunChunk = { type: "text-delta", id: "0", delta: "x" };

/** A reader that notes what it is told. */
class Noting implements Reader {
  readonly told: string[] = [];
  readonly run: { cursor: string | undefined; lastEventId: string | undefined } & Pick<Reader["run"], "complete" | "fault">;

  constructor(seq: number) {
    const cursor = seq === 0 ? undefined : formatEventId("e", seq);
    this.run = {
      cursor,
      lastEventId: cursor,
      complete: () => void this.told.push("complete"),
      fault: (message) => new LostError(message),
    };
  }

  take(epoch: string, seq: number, chunks: readonly RunChunk[]): Place {
    const last = formatEventId(epoch, seq + chunks.length - 1);
    this.told.push(last);
    this.run.cursor = this.run.lastEventId = last;
    return "next";
  }

  accepted(): void {
    this.told.push("accepted");
  }

  park(): void {
    this.told.push("parked");
  }

  again(error: LostError): void {
    this.told.push(`again: ${error.message}`);
  }

  fail(error: TransportError): void {
    this.told.push(`failed: ${error.message}`);
  }
}

interface Tried {
  readonly feed: Feed;
  /** What went up: each frame's type, and the cursor of a `resume`. */
  readonly up: readonly string[];
  readonly resumed: (seq: number) => void;
  readonly refused: (error: TransportError) => void;
  readonly event: (seq: number) => void;
}

function tried(): Tried {
  const up: string[] = [];
  const send = (frame: ClientFrame): void => void up.push(frame.type === "resume" ? `resume ${frame.after ?? "all"}` : frame.type);
  const feed = new Feed("r", send);
  return {
    feed,
    up,
    resumed: (seq) => feed.resumed({ type: "resumed", run: info, after: seq === 0 ? null : formatEventId("e", seq) }),
    refused: (error) => feed.refused(error, "resume"),
    event: (seq) => void feed.events({ type: "events", run: "r", id: formatEventId("e", seq), events: [chunk] }),
  };
}

const late = (): LostError => new LostError("late");
const full = (): LostError => new LostError("full");
const beyondTail = (): TransportError => new TransportError({ code: "cannot_resume", message: "beyond_tail" });

it("tells the agent that a run is left also where its resume was given up, and waits for that answer", () => {
  const { feed, up, resumed } = tried();
  const left = new Noting(0);
  feed.join(left);
  feed.unanswered(late());
  feed.leave(left);
  expect([feed.forNobody, feed.over]).toEqual([true, false]);
  feed.unsubscribe();
  expect([up, feed.forNobody, feed.over]).toEqual([["resume all", "unsubscribe"], false, false]);
  resumed(0);
  expect([feed.forNobody, feed.over]).toEqual([false, true]);
});

it("tells the agent that a run is left also where a resume's late answer finds no reader", () => {
  const { feed, up, resumed } = tried();
  const left = new Noting(0);
  feed.join(left);
  feed.unanswered(late());
  resumed(0);
  feed.leave(left);
  expect([up, feed.forNobody, feed.over]).toEqual([["resume all"], true, false]);
});

it("leaves a reader to its own answer when the resume of one that has left is refused late", () => {
  const { feed, resumed, refused, event } = tried();
  const [left, stays] = [new Noting(9), new Noting(1)];
  feed.join(left);
  feed.unanswered(late());
  feed.leave(left);
  feed.unsubscribe();
  feed.join(stays);
  refused(beyondTail());
  resumed(1);
  event(2);
  expect([left.told, stays.told, feed.over]).toEqual([["again: late"], ["accepted", "e.2"], false]);
});

it("leaves a reader to its own answer when one from the same cursor that has left is answered late", () => {
  const { feed, up, resumed, refused } = tried();
  const [left, stays] = [new Noting(1), new Noting(1)];
  feed.join(left);
  feed.unanswered(late());
  feed.leave(left);
  feed.unsubscribe();
  feed.join(stays);
  resumed(1);
  expect(stays.told).toEqual([]);
  refused(full());
  expect([stays.told, up]).toEqual([["again: full"], ["resume e.1", "unsubscribe", "resume e.1"]]);
});

it("ends no reader by a late refusal of another reader's resume", () => {
  const { feed, resumed, refused, event } = tried();
  const [beyond, good] = [new Noting(9), new Noting(1)];
  feed.join(beyond);
  feed.join(good);
  feed.unanswered(late());
  refused(beyondTail());
  resumed(1);
  feed.join(beyond);
  refused(beyondTail());
  event(2);
  expect([beyond.told, good.told]).toEqual([
    ["again: late", "failed: beyond_tail"],
    ["accepted", "e.2"],
  ]);
});

it("gives each of several refusals to its own reader, the late one to none", () => {
  const { feed, resumed, refused, event } = tried();
  const [left, beyond, good] = [new Noting(9), new Noting(8), new Noting(1)];
  feed.join(left);
  feed.join(beyond);
  feed.join(good);
  feed.unanswered(late());
  refused(beyondTail());
  refused(beyondTail());
  resumed(1);
  event(2);
  expect([left.told, beyond.told, good.told]).toEqual([["again: late"], ["failed: beyond_tail"], ["accepted", "e.2"]]);
});

it("does not hold up a reader by a late refusal when nothing is asked for it", () => {
  const { feed, up, resumed, refused, event } = tried();
  const [good, beyond] = [new Noting(1), new Noting(9)];
  feed.join(good);
  resumed(1);
  feed.join(beyond);
  feed.unanswered(late());
  refused(beyondTail());
  event(2);
  expect([good.told, up]).toEqual([
    ["accepted", "e.2"],
    ["resume e.1", "resume e.9"],
  ]);
});

it("takes a late answer to a resume that was given up for no answer to the next one", () => {
  const { feed, resumed, refused, event } = tried();
  const [good, beyond] = [new Noting(1), new Noting(9)];
  feed.join(good);
  feed.join(beyond);
  feed.unanswered(late());
  expect(feed.isLate("e.1")).toBe(true);
  resumed(1);
  refused(beyondTail());
  feed.join(good);
  event(2);
  expect([good.told, beyond.told]).toEqual([["again: late", "e.2"], ["failed: beyond_tail"]]);
});

it("cannot go on when a refusal was of one of two resumes, and the other one has no answer either", () => {
  const { feed, refused } = tried();
  const [first, second] = [new Noting(9), new Noting(1)];
  feed.join(first);
  feed.join(second);
  expect(feed.unanswered(late())).toBe(false);
  refused(beyondTail());
  expect([feed.unanswered(late()), second.told]).toEqual([true, []]);
  feed.forget();
  expect(feed.over).toBe(true);
});

it("acknowledges what came while there was no reader, once one comes that has it", () => {
  const { feed, up, resumed } = tried();
  const reader = new Noting(1);
  feed.join(reader);
  feed.unanswered(late());
  resumed(0);
  feed.events({ type: "events", run: "r", id: "e.1", events: [chunk], ack: true });
  feed.join(reader);
  expect(up).toEqual(["resume e.1", "ack"]);
});
