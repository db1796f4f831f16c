/** Clients that are wrong in one thing read real answers over real cuts: the checker has to find out. */
import type { WorkerHost } from "@agent-transports/lab/worker-host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ViolationKind } from "../src/history/violations.ts";
import { TRANSPORTS, type Scenario, type TransportName } from "../src/plan/scenario.ts";
import { startHost } from "../src/run/host.ts";
import { ModelProvider } from "../src/run/model.ts";
import { playAll } from "../src/run/play.ts";
import { makeOurs } from "../src/run/our-clients.ts";
import type { MakeClient } from "../src/run/subject.ts";
import { makeCareless, type Carelessness } from "./careless-client.ts";

let provider: ModelProvider;
let host: WorkerHost;
beforeAll(async () => {
  provider = await ModelProvider.start();
  host = await startHost(provider);
});
afterAll(async () => {
  await host.dispose();
  await provider.close();
});

let agents = 0;

/** One answer of forty words, whose one reader's connection is reset in its middle. */
function cutInTheMiddle(transport: TransportName): Scenario {
  const agent = `caught-${(agents += 1)}_2`;
  const reply = {
    seed: 1,
    deltas: 40,
    // What is cut must not be there already, however late the reader is.
    everyMs: 25,
    kind: "text",
    replays: false,
    breaks: [],
    failsAt: null,
    hears: false,
    model: null,
  } as const;
  const line = {
    legs: [{ transport, reads: "events", events: null }],
    readers: 1,
    joinsAt: 0,
    from: 0,
    slowMs: 0,
    inputs: [],
    cancelAt: null,
  } as const;
  const lines = [{ ...line, faults: [{ kind: "reset", atEvent: 12, params: {} }] }];
  return { seed: 1, id: agent, runs: [{ agent, reply, lines, readAgain: transport }], kills: [] };
}

/** The kinds of what is wrong for the reader whose line was cut. */
async function found(transport: TransportName, makeClient: MakeClient): Promise<readonly ViolationKind[]> {
  // Who reads again when all is over reads as it should.
  let made = 0;
  const first: MakeClient = (...given) => ((made += 1) === 1 ? makeClient : makeOurs)(...given);
  const stage = { worker: host.url, provider, makeClient: first, patienceMs: 20_000, onKill: () => () => undefined };
  const [played] = await playAll(cutInTheMiddle(transport), stage);
  expect(played?.streams.map(({ strikes }) => [...strikes.keys()])).toEqual([["reset"]]);
  return [...new Set(played?.violations.map(({ kind }) => kind))].toSorted();
}

it("a start that fails is found, and leaves no line open", async () => {
  const listening = (): number => process.getActiveResourcesInfo().filter((one) => one === "TCPServerWrap").length;
  const before = listening();
  const one = cutInTheMiddle("sse");
  const [run] = one.runs;
  const lines = Array.from({ length: 3 }, () => ({ ...run!.lines[0]!, faults: [] }));
  const failing: MakeClient = (...given) => ({ ...makeOurs(...given), start: () => makeOurs(...given).start({ prompt: "" }, { key: "" }) });
  const stage = { worker: host.url, provider, makeClient: failing, patienceMs: 20_000, onKill: () => () => undefined };
  const [played] = await playAll({ ...one, runs: [{ ...run!, lines }] }, stage);
  expect(played?.violations.map(({ kind }) => kind)).toContain("runs-started");
  expect(listening()).toBe(before);
});

describe.each(TRANSPORTS)("over %s, a cut in the middle of an answer", (transport) => {
  it("leaves our client nothing to be found", async () => {
    expect(await found(transport, makeOurs)).toEqual([]);
  });

  it.each<[Carelessness, ViolationKind]>([
    ["no de-duplication", "repeated"],
    ["a cursor that is late by one", "repeated"],
    ["no replay", "lost"],
    ["no reconnect", "not-complete"],
  ])("tells of a client with %s", async (how, kind) => {
    expect(await found(transport, makeCareless(how))).toContain(kind);
  });
});
