import { describe, expect, it } from "vitest";
import type { ViolationKind } from "../history/violations.ts";
import type { Played } from "../run/play.ts";
import type { Stream } from "../run/stage.ts";
import { readOptions } from "../options.ts";
import { reportOf, tableOf } from "./report.ts";
import { boundOf, Totals } from "./totals.ts";

const stream = (reader: string, transport: Stream["transport"], ...kinds: readonly string[]): Stream => ({
  reader,
  transport,
  strikes: new Map(kinds.map((kind) => [kind, 1])),
  reconnects: 0,
  events: 9,
});

/** @param violated whose violations there are */
function played(streams: readonly Stream[], ...violated: readonly string[]): Played {
  return {
    history: {
      run: "r",
      ledger: { runs: [{ id: "r", state: "cancelled", epoch: "e" }], rows: [], inputs: [] },
      expected: { runs: 1, content: { text: "" }, states: [], failsBehind: null, interrupts: false, loses: false, hears: false },
      views: [],
      inputs: [
        { reader: "line0-leg0", key: "a", hash: "", answer: { kind: "accepted", id: "e.1" } },
        { reader: "line0-leg0", key: "b", hash: "", answer: { kind: "refused", code: "run_ended", stillRunning: false } },
      ],
      cancels: [],
    },
    violations: violated.map((of) => ({ kind: "lost" satisfies ViolationKind, of, what: "" })),
    streams,
    readAgain: "ws",
    resumed: 0,
    providerFailed: false,
  };
}

function totalsOf(...runs: readonly Played[]): Totals {
  const totals = new Totals();
  totals.add("s0", runs);
  return totals;
}

describe("the totals", () => {
  it("count an answer once, however many of its streams were struck", () => {
    const { transports, agent } = totalsOf(
      played([stream("line0", "sse", "reset"), stream("line1", "sse", "stall"), stream("line2", "ws")]),
    );
    expect(transports.sse).toMatchObject({ streams: 2, faulted: 2, struckRuns: 1, violatedRuns: 0 });
    expect(transports.ws).toMatchObject({ streams: 1, faulted: 0, struckRuns: 0, violatedRuns: 0 });
    expect(agent).toEqual({ struckRuns: 1, violatedRuns: 0 });
  });

  it("do not count a stream as struck by the readers' clock alone", () => {
    const { transports } = totalsOf(played([stream("line0", "sse", "clock"), stream("line1", "ws", "clock", "reset")]));
    expect([transports.sse.faulted, transports.ws.faulted, transports.sse.byFault["clock"]]).toEqual([0, 1, 1]);
  });

  it.each<[string, readonly string[], { sse: number; ws: number; agent: number }]>([
    ["a reader's", ["line0", "line0"], { sse: 1, ws: 0, agent: 0 }],
    ["a sender's", ["line0-leg0"], { sse: 1, ws: 0, agent: 0 }],
    ["one's that was handed over", ["line1"], { sse: 1, ws: 1, agent: 0 }],
    ["one's that read again", ["afterwards"], { sse: 0, ws: 1, agent: 0 }],
    ["the log's", ["log", "log"], { sse: 0, ws: 0, agent: 1 }],
  ])("count a violation as %s where it is", (_what, violated, { sse, ws, agent }) => {
    const streams = [stream("line0", "sse", "reset"), stream("line1", "sse"), stream("line1", "ws", "reset")];
    const totals = totalsOf(played(streams, ...violated));
    expect([totals.transports.sse.violatedRuns, totals.transports.ws.violatedRuns, totals.agent.violatedRuns]).toEqual([sse, ws, agent]);
    expect(totals.violatedRuns).toBe(1);
  });

  it("bound the rate by answers", () => {
    expect(boundOf({ struckRuns: 100, violatedRuns: 5 })).toBeCloseTo(0.1023, 4);
    expect(boundOf({ struckRuns: 2, violatedRuns: 3 })).toBe(1);
  });

  it("count a death of the Worker only where it struck a live answer, and the others apart", () => {
    const totals = totalsOf(played([]));
    totals.addDeaths([{ how: "kill" }, { how: "restart" }], [true, true]);
    totals.addDeaths([{ how: "kill" }, { how: "kill" }, { how: "restart" }], [false, true, false]);
    expect(totals).toMatchObject({ kills: 2, restarts: 1, missed: 2 });
  });

  it("count an eviction only where the agent said that it was one, and a jump only where an answer was read", () => {
    const totals = totalsOf(played([]));
    totals.addSleep([played([stream("woken", "sse", "eviction")])]);
    totals.addSleep([played([stream("line0", "sse", "reset")]), played([stream("beside0", "sse")])]);
    totals.addJumps([true, false, true]);
    expect(totals).toMatchObject({ evictions: 1, awake: 1, clocks: 2 });
  });

  it("count a stream as struck by an eviction, and not by its Worker's clock", () => {
    const { transports } = totalsOf(played([stream("woken", "sse", "eviction"), stream("line0", "ws", "worker-clock")]));
    expect([transports.sse.faulted, transports.ws.faulted, transports.ws.byFault["worker-clock"]]).toEqual([1, 0, 1]);
  });

  it("count accepted inputs, and cancelled answers", () => {
    expect(totalsOf(played([]))).toMatchObject({ inputs: 2, accepted: 1, cancelled: 1 });
  });
});

describe("the report", () => {
  it("says of which kills it knows that they struck something, and how many struck nothing", () => {
    const words = (struck: readonly boolean[]): string => {
      const totals = totalsOf(played([]));
      totals.addDeaths([{ how: "kill" }, { how: "restart" }, { how: "kill" }], struck);
      const asked = { streams: 0, kills: 1, packets: 0, clocks: 0, evictions: 0, transports: ["sse", "ws"], faults: [] };
      return tableOf(reportOf(totals, { seed: 1, asked, leftOut: [], cut: false, failure: null, seconds: 1, peakResidentBytes: 1 }));
    };
    expect(words([true, true, false])).toContain(
      "1 × SIGKILL and 1 × restart of a Worker whose answers were being read. Answers went on 0 times.\n1 more kills and restarts struck no live answer",
    );
    expect(words([true, true, true])).not.toContain("struck no live answer");
  });

  const lastLine = (...argv: readonly string[]): string | undefined => {
    const { seed, streams, kills, packets, clocks, evictions, transports, kinds } = readOptions(argv);
    const asked = { streams, kills, packets, clocks, evictions, transports, faults: kinds };
    const totals = totalsOf(played([stream("line0", "ws", "reset")], "line0"));
    return tableOf(reportOf(totals, { seed, asked, leftOut: [], cut: false, failure: null, seconds: 1, peakResidentBytes: 1 }))
      .split("\n")
      .at(-1);
  };

  it("says what this machine cannot do", () => {
    const leftOut = [{ what: "packets", why: "It takes root." }] as const;
    const asked = { streams: 1, kills: 0, packets: 0, clocks: 0, evictions: 0, transports: ["sse"], faults: [] };
    const report = reportOf(new Totals(), { seed: 1, asked, leftOut, cut: false, failure: null, seconds: 1, peakResidentBytes: 1 });
    expect(tableOf(report)).toContain("\nLeft out: --packets. It takes root.\n");
  });

  it("names all that a scenario depends on where it says how to play it again", () => {
    expect(lastLine("--seed", "4")).toBe("Play one again: npx -y pnpm@12 chaos --seed 4 --only s0");
    expect(lastLine("--transport", "ws", "--faults", "reset,stall")).toBe(
      "Play one again: npx -y pnpm@12 chaos --seed 1 --faults reset,stall --transport ws --only s0",
    );
  });
});
