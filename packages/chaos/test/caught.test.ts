/** Clients, and one agent, that are wrong in one thing, play real answers under real faults: the checker has to find out. */
import { needs } from "@agent-transports/lab/needs";
import * as tools from "@agent-transports/lab/tools";
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ViolationKind } from "../src/history/violations.ts";
import { Links } from "../src/link/links.ts";
import type { ReplySpec } from "../src/plan/reply.ts";
import { TRANSPORTS, type BesidePlan, type LegPlan, type LinePlan, type RunPlan, type TransportName } from "../src/plan/scenario.ts";
import { Control } from "../src/run/control.ts";
import { startHost } from "../src/run/host.ts";
import { ModelProvider } from "../src/run/model.ts";
import { playAll, type Played } from "../src/run/play.ts";
import { makeOurs } from "../src/run/our-clients.ts";
import type { Stage } from "../src/run/stage.ts";
import type { MakeClient } from "../src/run/subject.ts";
import { makeCareless, type Carelessness } from "./careless-client.ts";
import { goingOn } from "./waiting-answers.ts";
import { makeForgetful, makeGone, makeImpatient, makeMixing, makeTrusting, type Mixing, type Remembering } from "./wrong-clients.ts";

let provider: ModelProvider;
let host: WorkerHost;
let links: Links | undefined;
beforeAll(async () => {
  provider = await ModelProvider.start();
  host = await startHost(provider);
  if (tools.network.missing() === null) links = Links.open();
});
afterAll(async () => {
  await links?.close();
  await host.dispose();
  await provider.close();
});

let agents = 0;

/** When a reader has so many events, its line is struck. */
const STRUCK_AT = 12;

/** Two seconds of words. */
const REPLY: ReplySpec = {
  seed: 1,
  deltas: 80,
  everyMs: 25,
  kind: "text",
  replays: false,
  breaks: [],
  failsAt: null,
  hears: false,
  model: null,
};

/** Most of it is not there yet when what comes in the middle comes, however late the reader is. */
const WAITING: ReplySpec = { ...REPLY, waitsAt: 30 };

/** Five seconds, for what would be struck in vain while an answer waits, or would forget that it was told to go on. */
const LONG: ReplySpec = { ...REPLY, deltas: 200 };

const leg = (transport: TransportName): LegPlan => ({ transport, reads: "events", events: null, saves: false });

/** One answer with one reader, whose line is as it is said. */
function answerOver(
  transport: TransportName,
  line: Partial<LinePlan>,
  { level = "2", ...run }: Partial<RunPlan> & { readonly level?: string } = {},
): RunPlan {
  const lines: LinePlan[] = [
    { legs: [leg(transport)], readers: 1, joinsAt: 0, from: 0, slowMs: 0, inputs: [], cancelAt: null, faults: [], ...line },
  ];
  return { agent: `caught-${(agents += 1)}_${level}`, reply: WAITING, lines, besides: [], refusedAt: [], readAgain: transport, ...run };
}

const struckBy = (kind: string, params: Readonly<Record<string, number>> = {}): Pick<LinePlan, "faults"> => ({
  faults: [{ kind, atEvent: STRUCK_AT, params }],
});

/** Who reads again when all is over reads as it should, and on no line. */
const stageWith = (makeClient: MakeClient, patienceMs: number): Stage => ({
  worker: host.url,
  provider,
  ...(links !== undefined && { links }),
  makeClient: (transport, options, reads) => (options.url === host.url ? makeOurs : makeClient)(transport, options, reads),
  patienceMs,
  onStrike: () => () => undefined,
});

async function play(run: RunPlan, makeClient: MakeClient, patienceMs = 20_000): Promise<readonly Played[]> {
  const control = new Control(host.url, run.agent);
  const going = goingOn(makeClient, STRUCK_AT, () => void control.goOn());
  const played = await playAll({ seed: 1, id: run.agent, runs: [run], kills: [] }, stageWith(going, patienceMs));
  for (const { kind } of run.lines[0]?.faults ?? []) expect([...(played[0]?.streams[0]?.strikes.keys() ?? [])]).toContain(kind);
  return played;
}

/** The kinds of what is wrong, run by run. */
async function found(run: RunPlan, makeClient: MakeClient, patienceMs?: number): Promise<readonly (readonly ViolationKind[])[]> {
  return (await play(run, makeClient, patienceMs)).map(({ violations }) => [...new Set(violations.map(({ kind }) => kind))].toSorted());
}

it("a start that fails is found, and leaves no line open", async () => {
  const listening = (): number => process.getActiveResourcesInfo().filter((one) => one === "TCPServerWrap").length;
  const before = listening();
  const one = answerOver("sse", {});
  const failing: MakeClient = (...given) => ({ ...makeOurs(...given), start: () => makeOurs(...given).start({ prompt: "" }, { key: "" }) });
  const [kinds] = await found({ ...one, lines: [...one.lines, ...one.lines, ...one.lines] }, failing);
  expect(kinds).toContain("runs-started");
  expect(listening()).toBe(before);
});

describe.each(TRANSPORTS)("over %s, a cut in the middle of an answer", { concurrent: true }, (transport) => {
  it("leaves our client nothing to be found", async () => {
    expect(await found(answerOver(transport, struckBy("reset")), makeOurs)).toEqual([[]]);
  });

  it.each<[Carelessness, ViolationKind]>([
    ["no de-duplication", "repeated"],
    ["a cursor that is late by one", "repeated"],
    ["no replay", "lost"],
    ["no reconnect", "not-complete"],
  ])("tells of a client with %s", async (how, kind) => {
    const [kinds] = await found(answerOver(transport, struckBy("reset")), makeCareless(how));
    expect(kinds).toContain(kind);
  });
});

describe.each(TRANSPORTS)("over %s, several runs of one client", { concurrent: true }, (transport) => {
  const beside = (change: Partial<BesidePlan>): BesidePlan => ({ reply: WAITING, startsAt: 3, inputs: [], cancelAt: null, ...change });
  const besides = [beside({}), beside({ cancelAt: 10 }), beside({ reply: { ...WAITING, failsAt: 9 } })];

  it("are nothing to each other, where one is cancelled, one fails, one is refused, and all are cut", async () => {
    const played = await play(answerOver(transport, struckBy("reset"), { besides, refusedAt: [6] }), makeOurs);
    expect(played.flatMap(({ violations }) => violations)).toEqual([]);
    const states = played.map(({ history: { run, ledger } }) => ledger.runs.find(({ id }) => id === run)?.state);
    expect(states).toEqual(["finished", "finished", "cancelled", "failed"]);
  });

  it.each<[Mixing, ViolationKind]>([
    ["ends the other runs when one is refused", "reader-failed"],
    ["cancels the other runs with one", "log-state"],
    ["gives an event to another run", "unknown-event"],
  ])("tell of a client that %s", async (how, kind) => {
    const [kinds] = await found(answerOver(transport, {}, { besides: besides.slice(0, 2), refusedAt: [6] }), makeMixing(how));
    expect(kinds).toContain(kind);
  });

  it("tell of a start that is not refused", async () => {
    const taking: MakeClient = (...given) => {
      const ours = makeOurs(...given);
      let starts = 0;
      return { ...ours, start: (input, { key }) => ours.start(input, { key: (starts += 1) === 1 ? key : `${key}-${starts}` }) };
    };
    const [kinds] = await found(answerOver(transport, {}, { refusedAt: [6] }), taking);
    expect(kinds).toContain("start-not-refused");
  });
});

describe.each(TRANSPORTS)("over %s, a client that is still there behind its agent's sleep", { concurrent: true }, (transport) => {
  // Awake or not: what is looked at is its reader.
  const sleep = { ms: 0, cut: "reset", resumesBehind: 10, sendsLate: true, besides: [] } as const;

  it("is given the ended run again from where it asks, and its late input is refused", async () => {
    const [played] = await play(answerOver(transport, {}, { sleep }), makeOurs);
    expect(played?.violations).toEqual([]);
    const woken = played?.history.views.find(({ reader }) => reader === "woken");
    expect(woken?.events.length).toBe((played?.history.views[0]?.events.length ?? 0) - 10);
    expect(played?.history.inputs).toMatchObject([
      { reader: "woken", answer: { kind: "refused", code: "run_ended", stillRunning: false } },
    ]);
  });

  it("is told of where it is given more than it asks for", async () => {
    const greedy: MakeClient = (...given) => {
      const ours = makeOurs(...given);
      return { ...ours, resume: (run) => ours.resume(run, {}) };
    };
    const [kinds] = await found(answerOver(transport, {}, { sleep: { ...sleep, sendsLate: false } }), greedy);
    expect(kinds).toContain("wrong-beginning");
  });
});

it.concurrent.each(["reset", "half-open"] as const)(
  "a client whose socket had a %s behind its agent's sleep counts as struck by it",
  async (cut) => {
    const beside = { reply: { ...REPLY, deltas: 4 }, startsAt: 0, inputs: [], cancelAt: null };
    const sleep = { ms: 0, cut, resumesBehind: 10, sendsLate: false, besides: [beside] };
    const played = await play(answerOver("ws", {}, { reply: { ...REPLY, deltas: 20 }, sleep }), makeOurs);
    expect(played.flatMap(({ violations }) => violations)).toEqual([]);
    const struck = played.flatMap(({ streams }) => streams.map(({ reader, strikes }) => [reader, ...strikes.keys()]));
    expect(struck).toEqual([["line0"], ["woken", cut], ["beside0", cut]]);
  },
);

describe.each(TRANSPORTS)(
  "over %s, a page that is closed, and another that is restored from what it remembered",
  { concurrent: true },
  (transport) => {
    const other = TRANSPORTS.find((one) => one !== transport) ?? transport;
    const closing = (reads: LegPlan["reads"]): RunPlan =>
      answerOver(
        transport,
        {
          legs: [
            { transport, reads, events: 12, saves: true },
            { transport: other, reads, events: 1, saves: true },
            { ...leg(transport), reads },
          ],
        },
        { reply: REPLY },
      );

    it.each(["events", "batches"] as const)("reads on from exactly there, where our clients read %s", async (reads) => {
      expect(await found(closing(reads), makeOurs)).toEqual([[]]);
    });

    it.each<[Remembering, ViolationKind]>([
      ["one event too late", "repeated"],
      ["an event that its page was not done with", "lost"],
      ["nothing", "reader-failed"],
    ])("tells of a client that remembers %s", async (how, kind) => {
      const [kinds] = await found(closing("events"), makeForgetful(how));
      expect(kinds).toContain(kind);
    });
  },
);

describe.each(TRANSPORTS)("over %s, a page that is put away and shown again", { concurrent: true }, (transport) => {
  const hidden = (): RunPlan => answerOver(transport, struckBy("pagehide", { ms: 40 }));

  it("leaves our client nothing to be found", async () => {
    expect(await found(hidden(), makeOurs)).toEqual([[]]);
  });

  it("tells of a client that takes it for the end", async () => {
    const [kinds] = await found(hidden(), makeGone);
    expect(kinds).toContain("not-complete");
  });
});

describe("a link whose packets vanish", { concurrent: true, ...needs(tools.network) }, () => {
  describe.each(TRANSPORTS)("over %s", { concurrent: true }, (transport) => {
    const linked = (kind: string, params: Readonly<Record<string, number>>): RunPlan =>
      answerOver(transport, { ...struckBy(kind, params), roundTripMs: 80 }, { reply: LONG });

    it.each<[string, Readonly<Record<string, number>>]>([
      ["blackout", { ms: 1_500 }],
      ["address", { forgets: 0 }],
      ["address", { forgets: 1 }],
    ])("leaves our client nothing to be found: %s %o", async (kind, params) => {
      expect(await found(linked(kind, params), makeOurs)).toEqual([[]]);
    });

    it("tells of a client that takes a blackout for the end", async () => {
      const [kinds] = await found(linked("blackout", { ms: 2_500 }), makeImpatient);
      expect(kinds).toContain("not-complete");
    });

    it("tells of a client that does not notice that its connection is dead", async () => {
      const [kinds] = await found(linked("address", { forgets: 0 }), makeTrusting, 4_000);
      expect(kinds).toContain("reader-waits");
    });
  });
});

describe.each(TRANSPORTS)("over %s, an agent that dies and had sent what it had not stored", { concurrent: true }, (transport) => {
  it("says which events are lost, and there is nothing else to be found", async () => {
    const [played] = await play(answerOver(transport, struckBy("crash"), { level: "behind5000", reply: LONG }), makeOurs);
    expect(played?.violations).toEqual([]);
    const { ledger, views } = played!.history;
    const lost = ledger.rows.flatMap(({ chunks }) => chunks.split("\n")).filter((text) => text.includes('"type":"data-lost"'));
    // The reader had a dozen, of which the log has kept the first.
    expect([ledger.runs[0]?.state, lost.length > 12, views.length]).toEqual(["interrupted", true, 2]);
  });

  it("is found to use an id again, where it says nothing of what is lost", async () => {
    const [kinds] = await found(answerOver(transport, struckBy("crash"), { level: "forgets5000", reply: LONG }), makeOurs);
    expect(kinds).toContain("altered");
  });
});
