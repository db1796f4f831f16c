import assert from "node:assert/strict";
import {
  TransportError,
  type ClientOptions,
  type Run,
  type RunChunk,
  type RunEvent,
  type StateChange,
  type TransportClient,
} from "@agent-transports/protocol";
import type { ScriptedRun, ScriptedServer } from "./scripted-server.ts";

/** A client under test. */
export interface Subject {
  readonly transport: "sse" | "ws";
  readonly create: (options: ClientOptions) => TransportClient;
}

export interface ConformanceCase {
  /** A sentence about what a client does. */
  readonly title: string;
  /** Only for this transport: the other cannot have the fault. */
  readonly only?: "sse" | "ws";
  run(context: CaseContext): Promise<void>;
}

export interface CaseContext {
  readonly server: ScriptedServer;
  readonly transport: "sse" | "ws";
  /** A client of the server; closed after the case. */
  readonly client: (options?: Partial<ClientOptions>) => TransportClient;
}

/** A run of `start`, so many text deltas, `finish` and the terminal event. */
export function textRun(id: string, deltas = 6, size = 0): ScriptedRun {
  const chunks: RunChunk[] = [
    { type: "start" },
    ...Array.from({ length: deltas }, (_, index) => ({ type: "text-delta" as const, id: "0", delta: `${index} ${"x".repeat(size)}` })),
    { type: "finish" },
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ];
  return { id, epoch: `ep-${id}`, chunks };
}

async function collect(run: Run, onEvent?: (event: RunEvent) => void): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) {
    events.push(event);
    onEvent?.(event);
  }
  return events;
}

/** All of the run from `from` on, once and in order. */
function assertWhole(events: readonly RunEvent[], run: ScriptedRun, from = 1): void {
  const expected = run.chunks.slice(from - 1).map((data, index) => ({ id: `${run.epoch}.${from + index}`, data }));
  assert.deepEqual(events, expected);
}

async function rejection(promise: Promise<unknown>): Promise<TransportError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TransportError, `not a TransportError: ${String(error)}`);
    return error;
  }
  throw new assert.AssertionError({ message: "It resolved, and an error was due." });
}

const prompt = { prompt: "Hello" } as const;
/** Quick enough for a suite; the delays themselves are tested as numbers. */
const quick = { retry: { baseMs: 5, capMs: 20 } } as const;

function cutCase(cut: "reset" | "clean" | "mid-event", words: string, only?: "sse"): ConformanceCase {
  return {
    title: `goes on where it was when the stream is cut ${words}`,
    ...(only === undefined ? {} : { only }),
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ send: [1, 4] }, { cut }], ["rest"]);
      assertWhole(await collect(client().start(prompt)), run);
      assert.deepEqual(
        server.asked.map(({ cursor }) => cursor),
        [undefined, `${run.epoch}.4`],
      );
    },
  };
}

function cannotResumeCase(reason: "unknown_epoch" | "beyond_tail" | "expired"): ConformanceCase {
  return {
    title: `ends with a typed error, and does not start over, where the server cannot resume: ${reason}`,
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ error: { code: "cannot_resume", message: "No.", reason } }]);
      const error = await rejection(collect(client(quick).resume("r", { after: "other.3" })));
      assert.equal(error.code, "cannot_resume");
      assert.equal(error.reason, reason);
      assert.equal(server.asked.length, 1);
    },
  };
}

function refusedCase(status: number): ConformanceCase {
  return {
    title: `ends for good, with the status in its error, when it is answered ${status}`,
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ refuse: status }]);
      const error = await rejection(collect(client(quick).resume("r")));
      assert.equal((error.status ?? 0) % 4000, status);
      assert.equal(server.asked.length, 1);
    },
  };
}

function retriedCase(status: number): ConformanceCase {
  return {
    title: `tries again when it is answered ${status}`,
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ refuse: status }], [{ refuse: status }], ["rest"]);
      assertWhole(await collect(client(quick).resume("r")), run);
      assert.equal(server.asked.length, 3);
    },
  };
}

/** PROTOCOL.md §7 and §6, case by case. */
export const cases: readonly ConformanceCase[] = [
  {
    title: "delivers a run's events once, in order, and ends with it",
    async run({ server, client }) {
      const run = textRun("r", 50);
      server.runs(run);
      const followed = client().start(prompt);
      assertWhole(await collect(followed), run);
      assert.equal(await followed.started, "r");
      assert.equal(followed.id, "r");
      assert.deepEqual(followed.end, { state: "finished" });
      assert.equal(followed.connection, "ended");
      assert.equal(followed.lastEventId, `${run.epoch}.53`);
    },
  },
  {
    title: "follows a run that it did not start, from its first event or from any other",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      assertWhole(await collect(client().resume("r")), run);
      assertWhole(await collect(client().resume("r", { after: `${run.epoch}.5` })), run, 6);
    },
  },
  {
    title: "resumes before the first event when the connection is lost before it",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ cut: "reset" }], ["rest"]);
      assertWhole(await collect(client().start(prompt)), run);
      assert.equal(server.asked[1]?.cursor, undefined);
    },
  },
  cutCase("reset", "by a reset"),
  cutCase("clean", "by a clean close"),
  cutCase("mid-event", "in the middle of an event", "sse"),
  {
    title: "drops what the server sends again",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ send: [1, 5] }, { cut: "reset" }], [{ send: [2, 9] }]);
      assertWhole(await collect(client().start(prompt)), run);
    },
  },
  {
    title: "reconnects from its cursor when an event is missing, and skips nothing",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ send: [1, 3] }, { send: [5, 9] }], ["rest"]);
      assertWhole(await collect(client(quick).start(prompt)), run);
      assert.equal(server.asked[1]?.cursor, `${run.epoch}.3`);
    },
  },
  {
    title: "delivers nothing of another log, and ends with the server's word on it",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan(
        [{ send: [1, 3] }, { sendAs: "other.4", chunk: { type: "text-delta", id: "0", delta: "not of this run" } }],
        [{ error: { code: "cannot_resume", message: "No.", reason: "unknown_epoch" } }],
      );
      const seen: RunEvent[] = [];
      const error = await rejection(collect(client(quick).start(prompt), (event) => seen.push(event)));
      assert.equal(error.code, "cannot_resume");
      assert.equal(error.reason, "unknown_epoch");
      assert.deepEqual(
        seen.map(({ id }) => id),
        [1, 2, 3].map((seq) => `${run.epoch}.${seq}`),
      );
    },
  },
  cannotResumeCase("unknown_epoch"),
  cannotResumeCase("beyond_tail"),
  cannotResumeCase("expired"),
  {
    title: "refuses a malformed id of the application's without asking the server",
    async run({ server, client }) {
      server.runs(textRun("r"));
      for (const after of ["nonsense", "e.0", "e.01", "e.-1", "e.9007199254740993", "e.1\r\nX: y", `e.1\u0000`]) {
        const error = await rejection(collect(client().resume("r", { after })));
        assert.equal(error.code, "cannot_resume", after);
        assert.equal(error.reason, "malformed", after);
      }
      assert.equal(server.asked.length, 0);
    },
  },
  {
    title: "joins the run that its start began when the answer to it was lost",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run, textRun("second"));
      server.plan([{ cut: "reset" }], ["rest"]);
      assertWhole(await collect(client().start(prompt, { key: "k-1" })), run);
      assert.equal(server.asked[0]?.key, "k-1");
    },
  },
  {
    title: "ends at once, with how the run ended, when there is nothing left to read",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      const followed = client().resume("r", { after: `${run.epoch}.9` });
      assert.deepEqual(await collect(followed), []);
      assert.deepEqual(followed.end, { state: "finished" });
    },
  },
  {
    title: "cancels the run at the agent",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ send: [1, 3] }, "hold"]);
      const followed = client().start(prompt);
      await followed.started;
      await followed.cancel();
      assert.deepEqual(server.cancelled, ["r"]);
    },
  },
  {
    title: "stops by an AbortSignal with a typed error, and leaves the run alone",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 3] }, "hold"]);
      const abort = new AbortController();
      const followed = client().start(prompt, { signal: abort.signal });
      const error = await rejection(collect(followed, ({ id }) => id.endsWith(".3") && abort.abort()));
      assert.equal(error.code, "aborted");
      assert.equal(followed.connection, "failed");
      assert.deepEqual(server.cancelled, []);
    },
  },
  {
    title: "ends a start that is aborted before it was answered",
    async run({ server, client }) {
      server.runs(textRun("r"));
      const followed = client().start(prompt, { signal: AbortSignal.abort() });
      assert.equal((await rejection(followed.started)).code, "aborted");
      assert.equal((await rejection(collect(followed))).code, "aborted");
    },
  },
  {
    title: "ends what is still iterated when the client is closed",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 2] }, "hold"]);
      const one = client();
      const error = await rejection(collect(one.start(prompt), ({ id }) => id.endsWith(".2") && one.close()));
      assert.equal(error.code, "aborted");
      assert.equal((await rejection(collect(one.start(prompt)))).code, "aborted");
    },
  },
  {
    title: "ends quietly when the application leaves its loop",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 3] }, "hold"]);
      const followed = client().start(prompt);
      for await (const event of followed) if (event.id.endsWith(".2")) break;
      assert.equal(followed.connection, "ended");
      assert.equal(followed.end, undefined);
      assert.equal(followed.lastEventId, "ep-r.2");
    },
  },
  ...["not json", "[1]", '{"no":"type"}', "null"].map((raw): ConformanceCase => ({
    title: `ends with unexpected_response when the server says ${raw}`,
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ raw }]);
      assert.equal((await rejection(collect(client(quick).start(prompt)))).code, "unexpected_response");
    },
  })),
  {
    title: "ends with unexpected_response when an event's id is not of the grammar",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ sendAs: "no-dot", chunk: { type: "start" } }]);
      assert.equal((await rejection(collect(client(quick).start(prompt)))).code, "unexpected_response");
    },
  },
  {
    title: "makes a slow application slow the server, and then delivers all",
    async run({ server, client }) {
      const run = textRun("r", 400, 65_536);
      server.runs(run);
      const followed = client({ heartbeatMs: 60_000 }).start(prompt);
      const events = followed[Symbol.asyncIterator]();
      const received: RunEvent[] = [];
      const first = await events.next();
      if (first.done !== true) received.push(first.value);
      // 26 MB are there to be sent. Wait until no more goes out, bounded in time.
      let before = -1;
      for (let look = 0; look < 50 && server.asked[0]!.sent !== before; look++) {
        before = server.asked[0]!.sent;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.ok(before < 300, `${before} of 400 events of 64 KiB were sent to a reader that has read one.`);
      for (let next = await events.next(); next.done !== true; next = await events.next()) received.push(next.value);
      assertWhole(received, run);
    },
  },
  refusedCase(401),
  refusedCase(403),
  refusedCase(404),
  retriedCase(503),
  retriedCase(429),
  retriedCase(408),
  {
    title: "waits for as long as Retry-After says",
    only: "sse",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ refuse: 503, retryAfterS: 1 }], ["rest"]);
      const changes: StateChange[] = [];
      const followed = client(quick).resume("r");
      followed.onStateChange((change) => changes.push(change));
      await collect(followed);
      assert.ok((changes.find(({ to }) => to === "waiting")?.delayMs ?? 0) >= 1000);
    },
  },
  {
    title: "gives up after as many tries as the application allows",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan(...Array.from({ length: 10 }, () => [{ refuse: 503 }] as const));
      const error = await rejection(collect(client({ retry: { baseMs: 1, capMs: 2, maxTries: 3 } }).resume("r")));
      assert.equal(error.code, "retries_exhausted");
      assert.equal(server.asked.length, 3);
    },
  },
  {
    title: "tries again at once after a loss, and only then waits longer",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 2] }, { cut: "reset" }], [{ refuse: 503 }], ["rest"]);
      const changes: StateChange[] = [];
      const followed = client(quick).start(prompt);
      followed.onStateChange((change) => changes.push(change));
      await collect(followed);
      const waits = changes.filter(({ to }) => to === "waiting");
      assert.deepEqual(
        waits.map(({ attempt }) => attempt),
        [1, 2],
      );
      assert.equal(waits[0]?.delayMs, 0);
      assert.ok((waits[1]?.delayMs ?? -1) >= 0);
    },
  },
  {
    title: "reconnects when it has heard nothing for two heartbeats",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ send: [1, 3] }, "silence"], ["rest"]);
      assertWhole(await collect(client({ ...quick, heartbeatMs: 40 }).start(prompt)), run);
      assert.equal(server.asked[1]?.cursor, `${run.epoch}.3`);
    },
  },
  {
    title: "tells each change of its connection, in order",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 2] }, { cut: "reset" }], ["rest"]);
      const followed = client().start(prompt);
      const states: string[] = [followed.connection];
      followed.onStateChange(({ from, to }) => {
        assert.equal(from, states.at(-1));
        states.push(to);
      });
      await collect(followed);
      assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "open", "ended"]);
    },
  },
  {
    title: "moves its cursor when the application has received an event, not before",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      const followed = client().start(prompt);
      await followed.started;
      assert.equal(followed.lastEventId, undefined);
      for await (const event of followed) assert.equal(followed.lastEventId, event.id);
    },
  },
  {
    title: "refuses a second iteration of one run",
    async run({ server, client }) {
      server.runs(textRun("r"));
      const followed = client().start(prompt);
      await collect(followed);
      assert.equal((await rejection(collect(followed))).code, "invalid_option");
    },
  },
  {
    title: "gives the same events as a stream of chunks",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      const chunks: RunChunk[] = [];
      const reader = client().start(prompt).toReadableStream().getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
      assert.deepEqual(chunks, run.chunks);
    },
  },
  {
    title: "follows many runs at once",
    async run({ server, client }) {
      const runs = Array.from({ length: 12 }, (_, index) => textRun(`r${index}`, 20));
      server.runs(...runs);
      const one = client();
      const all = await Promise.all(runs.map(({ id }) => collect(one.resume(id))));
      for (const [index, events] of all.entries()) assertWhole(events, runs[index]!);
    },
  },
  {
    title: "asks the application for its query on every try",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 2] }, { cut: "reset" }], ["rest"]);
      let tries = 0;
      await collect(client({ query: async () => ({ token: `t${(tries += 1)}` }) }).start(prompt));
      assert.deepEqual(
        server.asked.map(({ query }) => query.get("token")),
        ["t1", "t2"],
      );
    },
  },
  {
    title: "tries again where the application failed to make its query, as it does while the network is away",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ send: [1, 2] }, { cut: "reset" }], ["rest"]);
      let tries = 0;
      const query = async (): Promise<Record<string, string>> => {
        tries += 1;
        if (tries === 2) throw new TypeError("fetch failed");
        return {};
      };
      assertWhole(await collect(client({ ...quick, query }).start(prompt)), run);
      assert.equal(tries, 3);
    },
  },
  {
    title: "does not ask at once, again and again, for what the server fails at, while another run of the same socket goes on",
    only: "ws",
    async run({ server, client }) {
      const [good, bad] = [textRun("good"), textRun("bad")];
      server.runs(good, bad);
      const failing = { error: { code: "internal", message: "Something failed." } };
      server.plan([{ send: [1, 1] }, "hold"], [failing], [{ send: [2, 2] }, "hold"], [failing], [{ send: [3, 3] }, "hold"], [failing]);
      const startedAt = performance.now();
      const one = client({ retry: { baseMs: 100 } });
      const [goodEvents, badEvents] = await Promise.all([collect(one.resume("good")), collect(one.resume("bad"))]);
      assertWhole(goodEvents, good);
      assertWhole(badEvents, bad);
      assert.ok(performance.now() - startedAt >= 290, "It asked again at once.");
    },
  },
  {
    title: "sends inputs in the order of the calls, each answered with its id",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 2] }, "hold"]);
      const followed = client().start(prompt);
      const ids = await Promise.all([0, 1, 2, 3].map((n) => followed.send({ n })));
      assert.deepEqual(ids, ["in.1", "in.2", "in.3", "in.4"]);
      assert.deepEqual(
        server.inputs.map(({ data }) => data),
        [0, 1, 2, 3].map((n) => ({ n })),
      );
    },
  },
  {
    title: "sends an input again, under its key, when the answer was lost, and it is taken once",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      server.planInputs("lost");
      const followed = client(quick).start(prompt);
      assert.equal(await followed.send("hello", { key: "once" }), "in.1");
      assert.deepEqual(server.inputs, [{ key: "once", data: "hello" }]);
    },
  },
  {
    title: "fails an input that the agent refuses, with the agent's words",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 2] }, "hold"]);
      server.planInputs({ code: "run_ended", message: "This run has ended." });
      const error = await rejection(client().start(prompt).send("too late"));
      assert.equal(error.code, "run_ended");
      assert.equal(error.message, "This run has ended.");
    },
  },
  {
    title: "sends an input again that was one too many, after as long as it was told to wait, and before the later ones",
    async run({ server, client }) {
      server.runs(textRun("r"));
      server.plan([{ send: [1, 2] }, "hold"], ["hold"]);
      server.planInputs({ code: "too_many_requests", message: "Later.", retryAfter: 0 });
      const followed = client(quick).start(prompt);
      await Promise.all(["a", "b", "c"].map((data) => followed.send(data, { key: data })));
      assert.deepEqual(
        server.inputs.map(({ data }) => data),
        ["a", "b", "c"],
      );
    },
  },
  {
    title: "opens another connection where the server says that the credentials' time is over",
    only: "ws",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.plan([{ error: { code: "unauthorized", message: "Their time is over." } }], ["rest"]);
      let tickets = 0;
      assertWhole(await collect(client({ ...quick, query: () => ({ ticket: `t${(tickets += 1)}` }) }).resume("r")), run);
      assert.deepEqual(
        server.asked.map(({ query }) => query.get("ticket")),
        ["t1", "t2"],
      );
    },
  },
  {
    title: "keeps to the heartbeat that the server agreed to, not to the one that it asked for",
    async run({ server, client }) {
      const run = textRun("r");
      server.runs(run);
      server.agreeOn(40);
      server.plan([{ send: [1, 3] }, "silence"], ["rest"]);
      assertWhole(await collect(client({ ...quick, heartbeatMs: 60_000 }).start(prompt)), run);
    },
  },
  {
    title: "refuses options that cannot work, by name",
    async run({ client }) {
      const bad: readonly [Partial<ClientOptions>, RegExp][] = [
        [{ url: "not a url" }, /^url:/],
        [{ url: "ftp://x.example" }, /^url:/],
        [{ name: "../x" }, /^name:/],
        [{ agent: "No" }, /^agent:/],
        [{ heartbeatMs: -1 }, /^heartbeatMs:/],
        [{ retry: { maxTries: 0 } }, /^retry\.maxTries:/],
      ];
      for (const [options, message] of bad) {
        assert.throws(
          () => client(options),
          (error: unknown) => error instanceof TransportError && error.code === "invalid_option" && message.test(error.message),
          JSON.stringify(options),
        );
      }
    },
  },
];
