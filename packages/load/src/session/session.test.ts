import {
  TransportError,
  type ConnectOptions,
  type ResumeOptions,
  type Run,
  type RunEvent,
  type TransportClient,
} from "@agent-transports/client-core";
import { describe, expect, it, vi } from "vitest";
import { Told } from "../../test/told.ts";
import { Recorder } from "../metrics/recorder.ts";
import type { StepError } from "../script/errors.ts";
import { readOptions } from "../script/read-options.ts";
import { Session, type MakeClient } from "./session.ts";

const question = { prompt: "Why?" };
const event = (seq: number, type = "text-delta"): RunEvent => ({ id: `e.${seq}`, data: { type } as RunEvent["data"] });
const runEnd = (seq: number): RunEvent => ({
  id: `e.${seq}`,
  data: { type: "data-run-end", data: { state: "finished" }, transient: true },
});

type Batches = Iterable<readonly RunEvent[]> | AsyncIterable<readonly RunEvent[]>;

/** A client whose runs hand over these batches, and whose iteration ends then: by itself, or by an error. @param resume what a run that goes on has */
function scripted(
  batches: Batches,
  failure?: Error,
  connect: TransportClient["connect"] = () => Promise.resolve(),
  resume: (after: string | undefined) => Batches = () => batches,
): MakeClient {
  const run = (of: Batches): Run =>
    ({
      started: Promise.resolve("run"),
      connection: "open",
      end: { state: "finished" },
      onStateChange: () => () => undefined,
      async *batches() {
        await Promise.resolve();
        yield* of;
        if (failure !== undefined) throw failure;
      },
    }) as Partial<Run> as Run;
  return () => ({
    client: {
      start: () => run(batches),
      resume: (_id: string, { after }: ResumeOptions = {}) => run(resume(after)),
      connect,
    } as Partial<TransportClient> as TransportClient,
    destroy: () => undefined,
  });
}

function user(makeClient: MakeClient, options: object = {}): { session: Session; told: Told } {
  const told = new Told();
  const read = readOptions({ target: "http://localhost", engines: { "agent-transports": options } });
  return { session: new Session("sse", "load-1", read, new Recorder(told.events), makeClient), told };
}

/** What a step failed with, and what Artillery was told of its run. */
async function failed(session: Session, told: Told, step: Promise<unknown>): Promise<unknown[]> {
  const error = await step.then(
    () => undefined,
    (reason: StepError) => reason,
  );
  session.end(error);
  return [error?.code, ...told.counts("sse", "runs_failed", "runs_finished", "events_received", "events_lost")];
}

describe("a run whose events end without the terminal event", () => {
  it.each([
    ["its end", { kind: "end" }],
    ["a number of events", { kind: "events", count: 3 }],
    ["an event of a type", { kind: "type", type: "text-end" }],
  ] as const)("fails its user, and has lost that event, where a read waits for %s", async (_what, until) => {
    const { session, told } = user(scripted([[event(1)], [event(2)]]));
    session.start(question);
    expect(await failed(session, told, session.read(until))).toEqual(["end_missing", 1, undefined, 2, 1]);
  });

  it("is not followed by another run of the same user", () => {
    const { session, told } = user(scripted([[event(1)]]));
    session.start(question);
    expect(() => session.start(question)).toThrow(TypeError);
    session.end(new Error("as above"));
    expect(told.counts("sse", "runs_started", "runs_failed")).toEqual([1, 1]);
  });
});

describe("a run that a client cannot follow on", () => {
  const broken = new TransportError({ code: "connection_lost", message: "The connection is gone." });

  it("has failed, and has lost no event that a later one does not prove", async () => {
    const { session, told } = user(scripted([[event(1)], [event(2)]], broken));
    session.start(question);
    expect(await failed(session, told, session.read({ kind: "end" }))).toEqual(["connection_lost", 1, undefined, 2, 0]);
  });

  it("has lost what a later event proves", async () => {
    const { session, told } = user(scripted([[event(1)], [event(3)]], broken));
    session.start(question);
    expect(await failed(session, told, session.read({ kind: "end" }))).toEqual(["connection_lost", 1, undefined, 2, 1]);
  });
});

describe("what is timed", () => {
  /** Hands over a batch when it is told to. */
  function told(): { batches: AsyncIterable<readonly RunEvent[]>; come: (...events: readonly (number | RunEvent)[]) => void } {
    const [waiting, wake] = [[] as (readonly RunEvent[])[], { now: () => undefined as void }];
    async function* batches(): AsyncGenerator<readonly RunEvent[]> {
      for (;;) {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
        await new Promise<void>((resolve) => (wake.now = resolve));
      }
    }
    return {
      batches: batches(),
      come(...events) {
        waiting.push(events.map((one) => (typeof one === "number" ? event(one) : one)));
        wake.now();
      },
    };
  }

  it("is when events come, and not when a step reads them: the first one, and the next behind a resume", async () => {
    const [stream, resumed] = [told(), told()];
    const { session, told: heard } = user(scripted(stream.batches, undefined, undefined, () => resumed.batches));
    const count = (...names: ("first_event_ms" | "recovery_ms" | "gap_ms")[]): number[] =>
      names.map((name) => heard.times("sse", name).length);
    session.start(question);
    stream.come(1);
    // No step has read.
    await vi.waitFor(() => expect(count("first_event_ms", "gap_ms")).toEqual([1, 0]));
    stream.come(2, 3);
    await vi.waitFor(() => expect(count("first_event_ms", "gap_ms")).toEqual([1, 1]));
    await session.read({ kind: "events", count: 2 });
    await session.drop();
    await session.resume(undefined);
    resumed.come(4);
    await vi.waitFor(() => expect(count("recovery_ms", "first_event_ms", "gap_ms")).toEqual([1, 1, 1]));
    await session.read({ kind: "events", count: 2 });
    session.end();
    expect(heard.counts("sse", "events_received", "events_lost", "events_repeated")).toEqual([4, 0, 0]);
  });

  it("of a recovery ends with the first event that had not come before the user went away, read or not", async () => {
    const [stream, resumed, asked] = [told(), told(), [] as (string | undefined)[]];
    const resume = (after: string | undefined): Batches => {
      asked.push(after);
      return resumed.batches;
    };
    const { session, told: heard } = user(scripted(stream.batches, undefined, undefined, resume));
    session.start(question);
    // A step reads one of two that came together. Of the others, none has read any.
    stream.come(1, 2);
    await session.read({ kind: "events", count: 1 });
    for (const seq of [3, 4]) {
      const gaps = heard.times("sse", "gap_ms").length;
      stream.come(seq);
      await vi.waitFor(() => expect(heard.times("sse", "gap_ms")).toHaveLength(gaps + 1));
    }
    await session.drop();
    // What comes to a user that has gone away is nobody's.
    stream.come(5);
    await session.resume(undefined);
    expect(asked).toEqual(["e.4"]);
    // The steps read what had come, each event once. Nothing is recovered by that.
    await session.read({ kind: "events", count: 3 });
    expect(heard.times("sse", "recovery_ms")).toEqual([]);
    resumed.come(5);
    await session.read({ kind: "events", count: 1 });
    expect(heard.times("sse", "recovery_ms")).toHaveLength(1);
    session.end();
    expect(heard.counts("sse", "events_received", "events_lost", "events_repeated")).toEqual([5, 0, 0]);
  });

  it("of a recovery is nothing where the whole answer had come, and the run took until its end came", async () => {
    const stream = told();
    const { session, told: heard } = user(scripted(stream.batches, undefined, undefined, () => []));
    const startedAt = performance.now();
    session.start(question);
    stream.come(event(1), runEnd(2));
    await vi.waitFor(() => expect(heard.times("sse", "first_event_ms")).toHaveLength(1));
    await session.drop();
    const goneAfterMs = performance.now();
    await session.resume(undefined);
    await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(goneAfterMs + 20));
    await session.read({ kind: "end" });
    expect(heard.counts("sse", "runs_finished", "events_received", "events_lost", "events_repeated")).toEqual([1, 2, 0, 0]);
    expect(heard.times("sse", "recovery_ms")).toEqual([]);
    const [run = Infinity] = heard.times("sse", "run_ms");
    expect(startedAt + run).toBeLessThanOrEqual(goneAfterMs);
  });
});

describe("a connection that does not open", () => {
  it("fails its user after runLimitMs", async () => {
    const never = ({ signal }: ConnectOptions = {}): Promise<void> =>
      new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(new TransportError({ code: "aborted", message: "Given up." }))),
      );
    const { session, told } = user(scripted([], undefined, never), { runLimitMs: 20 });
    expect(await failed(session, told, session.connect())).toEqual(["connect_limit", undefined, undefined, undefined, undefined]);
  });
});
