import type { UIMessage, UIMessageChunk } from "ai";
import { afterEach, expect, it, vi } from "vitest";
import { TestSql } from "../../test/sql-storage.ts";
import { describeFailure } from "../generation/generate.ts";
import { DEFAULT_LIMITS } from "../wire/limits.ts";
import { AskedLimits } from "./asked-limits.ts";
import { Conversation } from "./conversation.ts";
import type { Generation } from "./generation.ts";
import { RunLog, type RunRecord } from "./log.ts";
import { Runs } from "./runs.ts";

const HUGE = "x".repeat(2_000_000);

interface Fixture {
  readonly log: RunLog;
  readonly runs: Runs;
  /** Resolves once all that were started have ended. */
  readonly ended: () => Promise<unknown>;
  readonly events: (run: RunRecord) => readonly UIMessageChunk[];
}

/** Runs over SQLite in Node. @param describeError as an author may have written it */
function runsOf(
  generate: (generation: Generation) => AsyncIterable<UIMessageChunk>,
  describeError = (error: unknown): { code: string; message: string } => ({ code: "internal", message: String(error).slice(0, 80) }),
  { storage } = new TestSql(),
  goesOn = true,
  runBytes = DEFAULT_LIMITS.runBytes,
): Fixture {
  const log = new RunLog(storage);
  const work: Promise<void>[] = [];
  const runs = new Runs(log, new Conversation(storage), {
    generate,
    describeError,
    keepAlive: (begin) => void work.push(begin()),
    ended: () => undefined,
    limits: new AskedLimits(() => ({ ...DEFAULT_LIMITS, runBytes })),
    durability: () => ({ level: "event" }),
    observe: () => undefined,
    durable: () => Promise.resolve(),
    recovery: () => ({}),
    recover: () => goesOn,
  });
  const events = ({ n }: RunRecord): readonly UIMessageChunk[] =>
    (log.read(n, 0, 10_000_000)?.chunks ?? []).map((chunk) => JSON.parse(chunk) as UIMessageChunk);
  return { log, runs, ended: () => Promise.allSettled(work), events };
}

/** What the log holds once a run's generation is over, and the run's state. */
async function runOf(
  generate: () => AsyncIterable<UIMessageChunk>,
  describeError?: (error: unknown) => { code: string; message: string },
): Promise<{ readonly state: string; readonly live: number; readonly events: readonly UIMessageChunk[] }> {
  const { runs, ended, events } = runsOf(generate, describeError);
  const { run } = runs.start({ input: { prompt: "Hello" } }, null, () => true);
  await ended();
  return { state: runs.find(run.id).state, live: runs.liveCount, events: events(run) };
}

async function* stream(...chunks: readonly UIMessageChunk[]): AsyncGenerator<UIMessageChunk> {
  for (const chunk of chunks) yield chunk;
}

afterEach(() => void vi.restoreAllMocks());

it.each<[string, () => AsyncIterable<UIMessageChunk>]>([
  ["last event the log cannot take", () => stream({ type: "start" }, { type: "finish", messageMetadata: HUGE })],
  ["error the log cannot take", () => stream({ type: "start" }, { type: "error", errorText: HUGE })],
  ["event the log cannot take", () => stream({ type: "start" }, { type: "data-x", data: HUGE })],
])("ends a run as failed whose %s", async (_what, generate) => {
  vi.spyOn(console, "error").mockReturnValue();
  const { state, live, events } = await runOf(generate);
  expect([state, live]).toEqual(["failed", 0]);
  expect(events.map(({ type }) => type)).toEqual(["start", "error", "data-run-end"]);
});

it("ends a run as failed whose author's words for an error fail too", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const fails = async function* (): AsyncGenerator<UIMessageChunk> {
    yield { type: "start" };
    throw new Error("The model is gone.");
  };
  for (const describeError of [
    () => {
      throw new RangeError("of the author's");
    },
    () => ({ code: "internal", message: HUGE }),
  ]) {
    const { state, live, events } = await runOf(fails, describeError);
    expect([state, live]).toEqual(["failed", 0]);
    expect(events.at(-1)).toMatchObject({ type: "data-run-end", data: { state: "failed", error: { code: "internal" } } });
  }
});

it("answers run_gone to a deleted run's id and key, and once it is forgotten run_not_found to the id, and begins a new run with the key", async () => {
  const { runs, log, ended } = runsOf(() => stream({ type: "start" }, { type: "finish" }));
  const request = { input: { prompt: "Hello" }, key: "k" };
  const begin = (): ReturnType<Runs["start"]> => runs.start(request, null, () => true);
  const { run } = begin();
  await ended();
  expect(begin()).toMatchObject({ run: { id: run.id }, joined: true });
  log.expireEndedBefore(Date.now(), 1_000);
  for (const ask of [begin, () => runs.find(run.id)])
    expect(ask).toThrow(expect.objectContaining({ body: expect.objectContaining({ code: "run_gone" }) }));
  log.forgetGoneBefore(1_000);
  expect(() => runs.find(run.id)).toThrow(expect.objectContaining({ body: expect.objectContaining({ code: "run_not_found" }) }));
  const again = begin();
  expect(again.joined).toBe(false);
  expect(again.run.id).not.toBe(run.id);
  await ended();
});

it("leaves out the chunks of another run that only its agent writes, and tells its operator once", async () => {
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const { runs, ended, events } = runsOf(() =>
    stream(
      { type: "start" },
      { type: "data-input", id: "k", data: "into the other", transient: true },
      { type: "data-lost", data: { after: "other.1", through: "other.3" }, transient: true },
      { type: "data-note", data: "the author's" },
      { type: "finish" },
      { type: "data-run-end", data: { state: "finished" }, transient: true },
    ),
  );
  const begin = (): RunRecord => runs.start({ input: { prompt: "Hello" } }, null, () => true).run;
  const relayed = [begin(), begin()];
  await ended();
  for (const run of relayed) {
    expect(runs.find(run.id).state).toBe("finished");
    expect(events(run).map(({ type }) => type)).toEqual(["start", "data-note", "finish", "data-run-end"]);
  }
  expect(warned.mock.calls.map(([message]) => /type (data-[a-z-]+)/.exec(String(message))?.[1])).toEqual([
    "data-input",
    "data-lost",
    "data-run-end",
  ]);
});

it.each<[string, UIMessageChunk, string]>([
  ["failed", { type: "error", errorText: "No." }, "model_error"],
  ["cancelled", { type: "abort", reason: "cancelled" }, "model_stream_broken"],
])("ends a run that relays one that was %s as failed, with its own end only", async (state, before, code) => {
  vi.spyOn(console, "warn").mockReturnValue();
  const { events } = await runOf(() => stream({ type: "start" }, before, { type: "data-run-end", data: { state }, transient: true }));
  expect(events.map(({ type }) => type)).toEqual(["start", "error", "data-run-end"]);
  expect(events.at(-1)).toMatchObject({ data: { state: "failed", error: { code } } });
});

it("gives the model a message in the place in which the conversation keeps it, also when it is sent again", async () => {
  const message = (id: string): UIMessage & { readonly role: "user" } => ({ id, role: "user", parts: [{ type: "text", text: id }] });
  const sql = new TestSql();
  const given: string[][] = [];
  let says = "";
  const { runs, ended } = runsOf(
    ({ messages }) => {
      given.push(messages.map(({ id }) => id));
      const start: UIMessageChunk = { type: "start", messageId: `answer-${given.length}` };
      if (says === "nothing") return stream(start, { type: "error", errorText: "No." });
      return stream(start, { type: "text-start", id: "0" }, { type: "text-delta", id: "0", delta: says }, { type: "finish" });
    },
    undefined,
    sql,
  );
  for (const [id, what] of [
    ["a", "nothing"],
    ["a", "Hello."],
    ["b", "nothing"],
    ["a", "Again."],
  ] as const) {
    says = what;
    runs.start({ input: { message: message(id) } }, null, () => true);
    await ended();
  }
  expect(given).toEqual([["a"], ["a"], ["a", "answer-2", "b"], ["a", "answer-2", "b", "a"]]);
  // As its next life reads it.
  expect(new Conversation(sql.storage).messages.map(({ id }) => id)).toEqual(["a", "answer-2", "b", "a", "answer-4"]);
});

it.each([
  ["finished", ["user", "assistant"]],
  ["failed", ["user", "assistant"]],
  ["cancelled", ["user", "assistant"]],
  ["interrupted", ["user", "assistant"]],
])("leaves in the conversation what a run began with, and its answer as far as it came: %s", async (state, roles) => {
  const sql = new TestSql();
  const said: UIMessageChunk[] = [
    { type: "start", messageId: "answer" },
    { type: "text-start", id: "0" },
    { type: "text-delta", id: "0", delta: "Well" },
  ];
  const speaks = async function* ({ signal }: Generation): AsyncGenerator<UIMessageChunk> {
    yield* said;
    if (state === "finished") yield { type: "finish" };
    else if (state === "failed") yield { type: "error", errorText: "No." };
    else await new Promise((resolve) => signal.addEventListener("abort", resolve));
  };
  const { runs, ended, events } = runsOf(speaks, undefined, sql);
  const { run } = runs.start({ input: { prompt: "Hello" } }, null, () => true);
  await vi.waitFor(() => expect(events(run).length).toBeGreaterThanOrEqual(said.length), { timeout: 20_000 });
  if (state === "cancelled") runs.cancel(run.id);
  let last = { runs, ended };
  if (state === "interrupted") {
    last = runsOf(speaks, undefined, sql, false);
    last.runs.recover();
  }
  await last.ended();
  expect(last.runs.find(run.id).state).toBe(state);
  // As the next life reads it.
  expect(new Conversation(sql.storage).messages.map(({ role }) => role)).toEqual(roles);
});

it("counts what a run had before its agent died towards the size that its log may have", async () => {
  const sql = new TestSql();
  let lives = 0;
  const speaks = async function* ({ signal }: Generation): AsyncGenerator<UIMessageChunk> {
    yield { type: "start", messageId: "answer" };
    yield { type: "data-said", data: "x".repeat(4_000) };
    if ((lives += 1) === 1) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    yield { type: "finish" };
  };
  const first = runsOf(speaks, undefined, sql, true, 6_000);
  const { run } = first.runs.start({ input: { prompt: "Hello" } }, null, () => true);
  await vi.waitFor(() => expect(first.events(run).length).toBeGreaterThanOrEqual(2), { timeout: 20_000 });
  const { runs, ended } = runsOf(speaks, (error) => ({ code: "internal", message: String(error) }), sql, true, 6_000);
  runs.recover();
  await ended();
  expect(runs.find(run.id)).toMatchObject({ state: "failed", error: { message: expect.stringContaining("6000 bytes") } });
});

it("leaves no answer in the conversation of a run whose log was full, so that the next run is given what it would be without it", async () => {
  const sql = new TestSql();
  const given: (readonly string[])[] = [];
  const speaks = async function* ({ messages }: Generation): AsyncGenerator<UIMessageChunk> {
    given.push(messages.map(({ role }) => role));
    yield { type: "start", messageId: "answer" };
    yield { type: "text-start", id: "0" };
    if (given.length === 1) for (;;) yield { type: "text-delta", id: "0", delta: "x".repeat(100) };
    yield { type: "text-end", id: "0" };
    yield { type: "finish" };
  };
  const { runs, ended, events } = runsOf(speaks, describeFailure, sql, true, 10_000);
  const { run } = runs.start({ input: { prompt: "Hello" } }, null, () => true);
  await ended();
  expect(runs.find(run.id)).toMatchObject({ state: "failed", error: { code: "payload_too_large" } });
  expect(events(run).length).toBeGreaterThan(50);
  expect(new Conversation(sql.storage).messages.map(({ role }) => role)).toEqual(["user"]);
  const next = runs.start({ input: { prompt: "Again" } }, null, () => true).run;
  await ended();
  expect(runs.find(next.id).state).toBe("finished");
  expect(given).toEqual([["user"], ["user", "user"]]);
});

it("goes on with an answer whose inputs have filled their room to the last unit, and refuses the next input", async () => {
  const sizeOf = (data: string): number => JSON.stringify({ type: "data-input", id: "k", data, transient: true }).length;
  const events = 99;
  const room = events * sizeOf("x");
  let go = (): void => undefined;
  const filled = new Promise<void>((resolve) => (go = resolve));
  const delta: UIMessageChunk = { type: "text-delta", id: "0", delta: "words " };
  const speaks = async function* (): AsyncGenerator<UIMessageChunk> {
    await filled;
    yield { type: "start", messageId: "answer" };
    yield { type: "text-start", id: "0" };
    for (let words = 0; words < 30; words += 1) yield delta;
    yield { type: "finish" };
  };
  const { runs, ended, events: logged } = runsOf(speaks, describeFailure, new TestSql(), true, (room * 4) / 3);
  const { run } = runs.start({ input: { prompt: "Hello" } }, null, () => true);
  // Each has a key of its own, and all of them are of one length.
  const send = (code: number): ReturnType<Runs["inputs"]> => runs.inputs(run.id, [{ key: String.fromCharCode(code), data: "x" }]);
  for (let sent = 0; sent < events; sent += 1) expect(send(0x100 + sent).refused).toBeUndefined();
  expect(send(0x100 + events).refused).toMatchObject({ body: { code: "payload_too_large", limit: room, path: "data" } });
  expect(logged(run)).toHaveLength(events);
  go();
  await ended();
  expect(runs.find(run.id)).toMatchObject({ state: "finished", error: null });
  expect(logged(run).filter(({ type }) => type === "text-delta")).toHaveLength(30);
});
