import { describe, expect, it } from "vitest";
import { check } from "./check.ts";
import { givenJsonOf, hashOf, jsonOf } from "./hash.ts";
import type { History, Seen, SentInput, View } from "./history.ts";
import type { ViolationKind } from "./violations.ts";

type Chunk = { readonly type: string } & Record<string, unknown>;

const EPOCH = "e1";
const end = (state = "finished"): Chunk => ({ type: "data-run-end", data: { state }, transient: true });
const input = (key: string, data: unknown): Chunk => ({ type: "data-input", id: key, data, transient: true });
const ANSWER: readonly Chunk[] = [
  { type: "start" },
  { type: "start-step" },
  { type: "text-start", id: "t" },
  { type: "text-delta", id: "t", delta: "one " },
  { type: "text-delta", id: "t", delta: "two " },
  { type: "text-delta", id: "t", delta: "three" },
  { type: "text-end", id: "t" },
  { type: "finish-step" },
  { type: "finish" },
];
/** With two inputs in the middle of its text. */
const LOG: readonly Chunk[] = [
  ...ANSWER.slice(0, 4),
  input("i0", 1),
  ...ANSWER.slice(4, 5),
  input("i1", { b: 2 }),
  ...ANSWER.slice(5),
  end(),
];

const seen = (chunks: readonly Chunk[], first = 1): Seen[] =>
  chunks.map((chunk, index) => ({ id: `${EPOCH}.${first + index}`, hash: hashOf(jsonOf(chunk)), at: index }));

const view = (reader: string, events: readonly Seen[], more: Partial<View> = {}): View => ({
  reader,
  after: null,
  events,
  end: { kind: "ended", state: "finished" },
  mayBeGone: false,
  ...more,
});

const sent = (key: string, data: unknown, answer: SentInput["answer"]): SentInput => ({
  reader: "a",
  key,
  hash: hashOf(jsonOf({ data })),
  answer,
});

/** Two events a row. */
function rowsOf(chunks: readonly Chunk[]): History["ledger"]["rows"] {
  const rows: History["ledger"]["rows"][number][] = [];
  for (let at = 0; at < chunks.length; at += 2) {
    const two = chunks.slice(at, at + 2);
    rows.push({ seq: at + 1, count: two.length, chunks: two.map((chunk) => JSON.stringify(chunk)).join("\n") });
  }
  return rows;
}

function history(log: readonly Chunk[] = LOG, more: Partial<History> = {}): History {
  return {
    run: "r",
    ledger: {
      runs: [{ id: "r", state: "finished", epoch: EPOCH }],
      rows: rowsOf(log),
      inputs: log.flatMap((chunk, index) => (chunk.type === "data-input" ? [{ key: String(chunk["id"]), seq: index + 1 }] : [])),
    },
    expected: {
      runs: 1,
      content: { chunks: ANSWER.map((chunk) => JSON.stringify(chunk)) },
      states: ["finished"],
      failsBehind: null,
      interrupts: false,
      loses: false,
      hears: false,
    },
    views: [view("a", seen(log)), view("b", seen(log.slice(3), 4), { after: `${EPOCH}.3` })],
    inputs: [sent("i0", 1, { kind: "accepted", id: `${EPOCH}.5` }), sent("i1", { b: 2 }, { kind: "accepted", id: `${EPOCH}.7` })],
    cancels: [],
    ...more,
  };
}

/** The run, its expected states and its readers' ends have another state. */
function ended(state: string, log: readonly Chunk[], more: Partial<History> = {}, expected: Partial<History["expected"]> = {}): History {
  const one = history(log, { inputs: [], ...more });
  return {
    ...one,
    ledger: { ...one.ledger, runs: [{ id: "r", state, epoch: EPOCH }] },
    expected: { ...one.expected, states: [state], ...expected },
    views: [view("a", seen(log), { end: { kind: "ended", state } })],
  };
}

const resumedBehind = (after: string | null): Chunk => ({
  type: "data-resumed",
  data: { way: "continued", after, attempt: 1 },
  transient: true,
});

const kinds = (one: History): readonly ViolationKind[] => [...new Set(check(one).map(({ kind }) => kind))].toSorted();

/** What the first reader was given, changed. */
const given = (events: readonly Seen[], more: Partial<View> = {}): History => history(LOG, { views: [view("a", events, more)] });

describe("a history with nothing wrong", () => {
  it("has no violation", () => {
    expect(check(history())).toEqual([]);
  });

  it("may have its text in other pieces than it was generated in, and say that it was interrupted", () => {
    const log = [
      ...ANSWER.slice(0, 4),
      resumedBehind(`${EPOCH}.4`),
      { type: "text-delta", id: "t", delta: "two three" },
      ...ANSWER.slice(6),
      end(),
    ];
    const one = history(log, { inputs: [] });
    expect(check({ ...one, expected: { ...one.expected, interrupts: true } })).toEqual([]);
  });

  it("may be of a run that was cancelled in a word, and of a reader that came too late for events that were deleted", () => {
    const log = [...ANSWER.slice(0, 3), { type: "text-delta", id: "t", delta: "on" }, { type: "abort" }, end("cancelled")];
    const cancelled: History = {
      ...ended("cancelled", log, { cancels: [{ reader: "a", behind: 2, stillRunning: false }] }),
      views: [view("a", seen(log.slice(0, 2)), { end: { kind: "error", code: "run_gone", message: "Gone." }, mayBeGone: true })],
    };
    expect(check(cancelled)).toEqual([]);
  });

  it("may be of a run that failed where it was to fail", () => {
    const log = [...ANSWER.slice(0, 5), { type: "error", errorText: "Gone." }, end("failed")];
    expect(check(ended("failed", log, {}, { failsBehind: 5 }))).toEqual([]);
  });
});

describe("a mutation of what a reader was given", () => {
  const all = seen(LOG);
  const at = (index: number): Seen => all[index]!;

  it.each<[string, readonly Seen[], readonly ViolationKind[]]>([
    ["an event is dropped", all.toSpliced(4, 1), ["lost"]],
    ["the first event is dropped", all.slice(1), ["wrong-beginning"]],
    ["an event comes twice", all.toSpliced(5, 0, at(4)), ["repeated"]],
    ["all events come twice", [...all, ...all], ["repeated"]],
    ["two events are swapped", all.toSpliced(4, 2, at(5), at(4)), ["lost", "reordered"]],
    ["the end is missing", all.slice(0, -1), ["not-complete"]],
    ["it has nothing at all", [], ["not-complete"]],
    ["an event has another content", all.with(5, { ...at(5), hash: hashOf("{}") }), ["altered"]],
    ["an id is of another log", all.with(5, { ...at(5), id: "e2.6" }), ["lost", "unknown-event"]],
    ["an id is none", all.with(5, { ...at(5), id: "6" }), ["lost", "unknown-event"]],
    ["an event is behind the log's end", [...all, { ...at(5), id: `${EPOCH}.99` }], ["unknown-event"]],
  ])("where %s is caught", (_what, events, expected) => {
    expect(kinds(given(events))).toEqual(expected);
  });

  it("where a text is cut short under its id, and all readers agree on it, is caught", () => {
    const cut = all.with(5, { ...at(5), hash: hashOf(jsonOf({ ...LOG[5]!, delta: "tw" })) });
    expect(kinds(history(LOG, { views: [view("a", cut), view("b", cut)] }))).toEqual(["altered"]);
  });

  it("where bytes were left as they are on the wire is caught", () => {
    const log = LOG.with(5, { type: "data-bytes", data: { $bytes: "AQID" } });
    const altered = (data: unknown): boolean => {
      const events = seen(log).with(5, { id: `${EPOCH}.6`, hash: hashOf(givenJsonOf({ type: "data-bytes", data })), at: 5 });
      return kinds(history(log, { views: [view("a", events)] })).includes("altered");
    };
    expect([altered(Uint8Array.of(1, 2, 3)), altered({ $bytes: "AQID" })]).toEqual([false, true]);
  });

  it("where two readers have another event under one id is caught, also where the log has neither", () => {
    const more = (content: string): Seen[] => [...all, { id: `${EPOCH}.99`, hash: hashOf(content), at: 0 }];
    expect(kinds(history(LOG, { views: [view("a", more("x")), view("b", more("y"))] }))).toEqual(["id-reused", "unknown-event"]);
  });

  it.each<[string, Partial<View>, ViolationKind]>([
    ["waits for ever", { end: { kind: "waits" } }, "reader-waits"],
    ["ends with an error", { end: { kind: "error", code: "cannot_resume", message: "" } }, "reader-failed"],
    ["is told that events are gone that are not", { end: { kind: "error", code: "run_gone", message: "" } }, "reader-failed"],
    ["is told another end than the log's", { end: { kind: "ended", state: "failed" } }, "wrong-end"],
    ["knows no end", { end: { kind: "ended", state: undefined } }, "not-complete"],
    ["began elsewhere than it asked", { after: `${EPOCH}.2` }, "wrong-beginning"],
  ])("where it %s is caught", (_what, more, kind) => {
    expect(kinds(given(all, more))).toContain(kind);
  });
});

describe("a mutation of the log, of which all readers were given the same", () => {
  const of = (log: readonly Chunk[], more: Partial<History> = {}): readonly ViolationKind[] => kinds(history(log, { inputs: [], ...more }));
  const PLAIN = [...ANSWER, end()];

  it("is none in itself", () => {
    expect(of(PLAIN)).toEqual([]);
  });

  it.each<[string, readonly Chunk[], readonly ViolationKind[]]>([
    ["a word is missing, and the ids are contiguous all the same", PLAIN.toSpliced(4, 1), ["log-content"]],
    ["a word comes twice", PLAIN.toSpliced(4, 0, PLAIN[4]!), ["log-content"]],
    ["two words are swapped", PLAIN.toSpliced(3, 2, PLAIN[4]!, PLAIN[3]!), ["log-content"]],
    ["its tail is cut off", PLAIN.slice(0, 6), ["log-end", "log-content", "not-complete"]],
    ["it ends twice", [...PLAIN, end()], ["log-end"]],
    ["something follows the end", [...PLAIN, PLAIN[4]!], ["log-content", "log-end", "not-complete"]],
    ["an error is in its middle", PLAIN.toSpliced(4, 0, { type: "error", errorText: "" }), ["log-stray"]],
    ["an abort is in its middle", PLAIN.toSpliced(4, 0, { type: "abort" }), ["log-stray"]],
    ["it says that something was lost", PLAIN.toSpliced(4, 0, { type: "data-lost", data: {} }), ["log-stray"]],
    ["it says that it was interrupted, and nothing interrupts it", PLAIN.toSpliced(4, 0, resumedBehind(`${EPOCH}.4`)), ["log-stray"]],
    ["the end says another state", [...ANSWER, end("failed")], ["log-state"]],
  ])("where %s is caught", (_what, log, expected) => {
    expect(of(log)).toEqual(expected.toSorted());
  });

  it("where it goes on elsewhere than it was interrupted is caught", () => {
    const behind = (after: string | null): readonly ViolationKind[] => {
      const one = history(PLAIN.toSpliced(4, 0, resumedBehind(after)), { inputs: [] });
      return kinds({ ...one, expected: { ...one.expected, interrupts: true } });
    };
    expect(behind(`${EPOCH}.4`)).toEqual([]);
    expect([behind(`${EPOCH}.3`), behind(`${EPOCH}.9`), behind("e2.4"), behind(null)].flat()).toEqual(Array(4).fill("log-stray"));
  });

  it.each<[string, number, ViolationKind]>([
    ["lacks its tail", 7, "log-content"],
    ["has more than was said before it failed", 4, "log-content"],
  ])("where a failed run %s is caught", (_what, failsBehind, kind) => {
    const log = [...ANSWER.slice(0, 5), { type: "error", errorText: "Gone." }, end("failed")];
    expect(kinds(ended("failed", log, {}, { failsBehind }))).toEqual([kind]);
  });

  it("where a failed or cancelled run does not say so to readers of the AI SDK is caught", () => {
    expect(kinds(ended("failed", [...ANSWER.slice(0, 5), end("failed")]))).toEqual(["log-end"]);
    const cancels = [{ reader: "a", behind: 2, stillRunning: false }];
    const log = [...ANSWER.slice(0, 5), { type: "error", errorText: "" }, end("cancelled")];
    expect(kinds(ended("cancelled", log, { cancels }))).toEqual(["log-end"]);
  });

  it.each<[string, History["cancels"], readonly ViolationKind[]]>([
    ["nobody has cancelled it", [], ["log-state"]],
    ["it lacks what its reader had who cancelled it", [{ reader: "a", behind: 7, stillRunning: false }], ["log-content"]],
    ["it went on behind a cancel that succeeded", [{ reader: "a", behind: 2, stillRunning: true }], ["cancel-failed"]],
  ])("where a run is cancelled, and %s, is caught", (_what, cancels, expected) => {
    const log = [...ANSWER.slice(0, 5), { type: "abort" }, end("cancelled")];
    expect(kinds(ended("cancelled", log, { cancels }))).toEqual(expected);
  });

  it.each<[string, (rows: History["ledger"]["rows"]) => History["ledger"]["rows"]]>([
    ["a row is missing", (rows) => rows.toSpliced(2, 1)],
    ["a row lacks an event that it counts", (rows) => rows.with(2, { ...rows[2]!, chunks: rows[2]!.chunks.split("\n")[0]! })],
    ["two rows overlap", (rows) => rows.with(2, { ...rows[2]!, seq: rows[2]!.seq - 1 })],
  ])("where %s is caught", (_what, change) => {
    const one = history(PLAIN, { inputs: [] });
    expect(kinds({ ...one, ledger: { ...one.ledger, rows: change(one.ledger.rows) } })).toContain("log-gap");
  });

  it("where a text is not what its model wrote is caught, whatever parts it is in", () => {
    const text = (words: string): readonly ViolationKind[] =>
      of(PLAIN, {
        expected: {
          runs: 1,
          content: { text: words },
          states: ["finished"],
          failsBehind: null,
          interrupts: false,
          loses: false,
          hears: false,
        },
      });
    expect(text("one two three")).toEqual([]);
    expect([text("one two"), text("one two three four"), text("one TWO three")]).toEqual([
      ["log-content"],
      ["log-content"],
      ["log-content"],
    ]);
  });

  it("where one start began two runs, or none, or two began one, is caught", () => {
    const one = history(PLAIN, { inputs: [] });
    const [run] = one.ledger.runs;
    expect(kinds({ ...one, ledger: { ...one.ledger, runs: [run!, { ...run!, id: "other" }] } })).toEqual(["runs-started"]);
    expect(kinds({ ...one, ledger: { ...one.ledger, runs: [] } })).toContain("runs-started");
    expect(kinds({ ...one, expected: { ...one.expected, runs: 2 } })).toEqual(["runs-started"]);
  });
});

describe("a log that has lost what was sent and not stored", () => {
  const lost = (from: number, to: number): Chunk[] =>
    Array.from({ length: to - from + 1 }, () => ({
      type: "data-lost",
      data: { after: `${EPOCH}.${from - 1}`, through: `${EPOCH}.${to}` },
      transient: true,
    }));
  const closing = [{ type: "error", errorText: "Gone." }, end("interrupted")];
  const KEPT = ANSWER.slice(0, 4);
  const log = [...KEPT, ...lost(5, 9), ...closing];
  /** What readers had before the agent died, and then were given of the log. */
  const having = (...before: readonly (readonly Chunk[])[]): View[] =>
    before.map((had, index) => {
      const events = [...seen([...KEPT, ...had]), ...seen(log.slice(KEPT.length + had.length), KEPT.length + had.length + 1)];
      return view(`reader${index}`, events, { end: { kind: "ended", state: "interrupted" } });
    });
  const of = (views: readonly View[], changed: readonly Chunk[] = log, loses = true): readonly ViolationKind[] =>
    kinds({ ...ended("interrupted", changed, {}, { loses }), views });

  it("has no violation, whatever of it its readers have had", () => {
    expect(of(having([], ANSWER.slice(4, 5), ANSWER.slice(4, 8)))).toEqual([]);
  });

  it.each<[string, readonly View[], readonly ViolationKind[]]>([
    ["had the last of the ids, which is never sent", having(ANSWER.slice(4, 9)), ["altered"]],
    ["had two events under one id", having(ANSWER.slice(4, 6), [ANSWER[4]!, ANSWER[4]!]), ["id-reused"]],
    [
      "had another event than the log has kept",
      having([]).map((one) => ({ ...one, events: one.events.with(2, { ...one.events[2]!, hash: "" }) })),
      ["altered"],
    ],
    ["was given one behind a loss", having([]).map((one) => ({ ...one, events: one.events.with(6, seen(ANSWER)[6]!) })), ["altered"]],
  ])("where a reader %s is caught", (_what, views, expected) => {
    expect(of(views)).toEqual(expected);
  });

  it.each<[string, readonly Chunk[]]>([
    ["names another event as the last that it has kept", [...KEPT, ...lost(4, 8), ...closing]],
    ["names another as the last that is lost", [...KEPT, ...lost(5, 10).slice(1), ...closing]],
    ["says less of it than is lost", [...KEPT, ...lost(5, 9).with(2, ANSWER[6]!), ...closing]],
    ["goes on behind it", [...KEPT, ...lost(5, 9), ANSWER[4]!, ...closing]],
  ])("where it %s is caught", (_what, changed) => {
    expect(of([], changed)).toContain("log-stray");
  });

  it("is caught where nothing can be lost, and where an id is used again and no loss is told", () => {
    expect(of(having([]), log, false)).toEqual(["log-stray"]);
    const again = [...KEPT, ...ANSWER.slice(5, 8), ...closing];
    expect(
      of([view("a", seen([...KEPT, ...ANSWER.slice(4, 7), ...closing]), { end: { kind: "ended", state: "interrupted" } })], again),
    ).toContain("altered");
  });
});

describe("a mutation of the inputs", () => {
  const of = (log: readonly Chunk[], inputs: readonly SentInput[]): readonly ViolationKind[] =>
    kinds(history(log, { inputs, views: [view("a", seen(log))] }));
  const at = (seq: number): SentInput["answer"] => ({ kind: "accepted", id: `${EPOCH}.${seq}` });
  const two = [sent("i0", 1, at(5)), sent("i1", { b: 2 }, at(7))];

  it.each<[string, readonly Chunk[], readonly SentInput[], readonly ViolationKind[]]>([
    ["one is in the log twice", LOG.toSpliced(8, 0, LOG[4]!), two, ["input-lost", "input-repeated"]],
    ["one that was accepted is not in the log", LOG.with(4, { type: "data-heard" }), two, ["input-lost"]],
    ["one is elsewhere than was said", LOG, [sent("i0", 1, at(6)), two[1]!], ["input-lost"]],
    ["one has another content", LOG.with(4, input("i0", 2)), two, ["input-altered"]],
    ["they are in another order than they were sent in", LOG, [two[1]!, two[0]!], ["input-reordered"]],
    ["one was never answered", LOG, [{ ...two[0]!, answer: { kind: "none" } }, two[1]!], ["input-unanswered"]],
    [
      "one fails for no reason",
      LOG,
      [{ ...two[0]!, answer: { kind: "refused", code: "internal", stillRunning: true } }, two[1]!],
      ["input-failed"],
    ],
    [
      "one is refused because the run has ended, and it is running",
      LOG,
      [{ ...two[0]!, answer: { kind: "refused", code: "run_ended", stillRunning: true } }, two[1]!],
      ["input-failed"],
    ],
    ["one is in the log that nobody sent", LOG, [two[0]!], ["input-misheard"]],
  ])("where %s is caught", (_what, log, inputs, expected) => {
    expect(of(log, inputs)).toEqual(expected);
  });

  it("where one is refused because the run has ended is none, where it has", () => {
    expect(of(LOG, [{ ...two[0]!, answer: { kind: "refused", code: "run_ended", stillRunning: false } }, two[1]!])).toEqual([]);
  });

  it("where the model was given one twice, another one, or one too few, is caught", () => {
    const heard = (data: unknown): Chunk => ({ type: "data-heard", data, transient: true });
    const hearing = (...told: readonly Chunk[]): readonly ViolationKind[] => {
      const log = LOG.toSpliced(8, 0, ...told);
      const one = history(log, { views: [view("a", seen(log))] });
      return kinds({ ...one, expected: { ...one.expected, hears: true } });
    };
    expect(hearing(heard(1), heard({ b: 2 }))).toEqual([]);
    expect(hearing(heard(1))).toEqual(["input-unheard"]);
    expect(hearing()).toEqual(["input-unheard"]);
    expect(hearing(heard(1), heard(1))).toEqual(["input-misheard"]);
    expect(hearing(heard({ b: 2 }))).toEqual(["input-misheard", "input-unheard"]);
  });

  it("where the model was not given one that came behind its last question is none", () => {
    const hearing = (at: number): readonly ViolationKind[] => {
      const log = [...ANSWER, end()].toSpliced(at, 0, input("i0", 1));
      const one = history(log, { inputs: [sent("i0", 1, { kind: "accepted", id: `${EPOCH}.${at + 1}` })], views: [view("a", seen(log))] });
      return kinds({ ...one, expected: { ...one.expected, hears: true } });
    };
    // Before `finish-step`, and behind it.
    expect([hearing(7), hearing(8)]).toEqual([["input-unheard"], []]);
  });
});
