import { TransportError, type ConnectOptions, type Run, type RunEvent, type TransportClient } from "@agent-transports/client-core";
import { describe, expect, it } from "vitest";
import { Told } from "../../test/told.ts";
import { Recorder } from "../metrics/recorder.ts";
import type { StepError } from "../script/errors.ts";
import { readOptions } from "../script/read-options.ts";
import { Session, type MakeClient } from "./session.ts";

const question = { prompt: "Why?" };
const event = (seq: number, type = "text-delta"): RunEvent => ({ id: `e.${seq}`, data: { type } as RunEvent["data"] });

/** A client whose runs hand over these batches, and whose iteration ends then: by itself, or by an error. */
function scripted(
  batches: readonly (readonly RunEvent[])[],
  failure?: Error,
  connect: TransportClient["connect"] = () => Promise.resolve(),
): MakeClient {
  const start = (): Run =>
    ({
      started: Promise.resolve("run"),
      connection: "open",
      onStateChange: () => () => undefined,
      async *batches() {
        await Promise.resolve();
        yield* batches;
        if (failure !== undefined) throw failure;
      },
    }) as Partial<Run> as Run;
  return () => ({ client: { start, resume: start, connect } as Partial<TransportClient> as TransportClient, destroy: () => undefined });
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
