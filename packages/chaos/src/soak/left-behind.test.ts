import { describe, expect, it } from "vitest";
import { Dice } from "../dice/dice.ts";
import { leftBehind, type FindingKind } from "./left-behind.ts";
import { RULE } from "./rule.ts";
import type { Counts, Memory, Sample } from "./sample.ts";

const ROWS = { transport_runs: 0, transport_events: 0, transport_inputs: 0, cf_agents_state: 6 };
const AT_REST: Counts = {
  descriptors: { workerd: 41, readers: 29 },
  sockets: { workerd: 9, readers: 6 },
  resources: { PipeWrap: 5, TCPSocketWrap: 1, TCPServerWrap: 1 },
  listeners: { signal: 0, page: 0 },
  rows: ROWS,
  alarms: { agents: 0 },
};
const IN_FLOW: Counts = {
  ...AT_REST,
  sockets: { workerd: 30, readers: 40 },
  resources: { ...AT_REST.resources, Timeout: 25, TCPSocketWrap: 38 },
  listeners: { signal: 31, page: 60 },
  rows: { ...ROWS, transport_runs: 70, transport_events: 900 },
  alarms: { agents: 6 },
};
const MB = 1_000_000;
const LEVELS: Readonly<Record<Memory, number>> = {
  "workerd heap": 14 * MB,
  "workerd resident": 180 * MB,
  "readers heap": 42 * MB,
  "readers resident": 300 * MB,
};

interface Planted {
  /** More counts at the end than at the start. */
  readonly end?: Partial<Counts>;
  /** Bytes that each answer leaves behind, besides the noise. */
  readonly anAnswer?: Partial<Record<Memory, number>>;
  readonly minutes?: number;
}

/** A soak of thirty minutes with two answers a second, whose memory goes up and down by up to 2 % of itself. */
function soaked({ end = {}, anAnswer = {}, minutes = 30 }: Planted = {}): Sample[] {
  const dice = new Dice(7);
  const bytesAt = (answers: number): Sample["bytes"] => {
    const level = (of: Memory): number => LEVELS[of] * (1 + 0.02 * (2 * dice.next() - 1)) + answers * (anAnswer[of] ?? 0);
    return {
      "workerd heap": level("workerd heap"),
      "workerd resident": level("workerd resident"),
      "readers heap": level("readers heap"),
      "readers resident": level("readers resident"),
    };
  };
  const sample = (phase: Sample["phase"], atMs: number, counts: Counts): Sample => {
    const answers = Math.max(0, Math.round((atMs - 60_000) / 500));
    return { atMs, phase, answers, counts, bytes: bytesAt(answers) };
  };
  const flow = Array.from({ length: minutes * 6 }, (_, index) => sample("flow", 60_000 + 10_000 * (index + 1), IN_FLOW));
  const last = 60_000 + minutes * 60_000;
  return [
    sample("start", 60_000, AT_REST),
    ...flow,
    sample("rest", last + 1_000, IN_FLOW),
    sample("end", last + 70_000, { ...AT_REST, ...end }),
  ];
}

describe("what a soak has left behind", () => {
  it("is nothing where all is as it was at the start, whatever there was in between", () => {
    expect(leftBehind(soaked())).toEqual([]);
  });

  it.each<[string, FindingKind, string, Partial<Counts>]>([
    ["a listener that was not removed", "listeners", "signal", { listeners: { signal: 1, page: 0 } }],
    ["a listener on the page", "listeners", "page", { listeners: { signal: 0, page: 6 } }],
    ["a timer that was not cleared", "resources", "Timeout", { resources: { ...AT_REST.resources, Timeout: 1 } }],
    ["a socket of the readers that was not closed", "sockets", "readers", { sockets: { workerd: 9, readers: 7 } }],
    ["a socket of workerd that was not closed", "sockets", "workerd", { sockets: { workerd: 10, readers: 6 } }],
    ["a file that was not closed", "descriptors", "workerd", { descriptors: { workerd: 44, readers: 29 } }],
    ["rows that were not removed", "rows", "transport_events", { rows: { ...ROWS, transport_events: 12 } }],
    ["rows of a table that was not there", "rows", "cf_agents_queues", { rows: { ...ROWS, cf_agents_queues: 1 } }],
    ["an alarm that is still set", "alarms", "agents", { alarms: { agents: 1 } }],
    ["a socket that was there at the start", "sockets", "workerd", { sockets: { workerd: 8, readers: 6 } }],
  ])("%s is found", (_what, kind, of, end) => {
    expect(leftBehind(soaked({ end }))).toEqual([{ kind, of, what: expect.stringMatching(/^\d+ at the start, \d+ at the end\.$/) }]);
  });

  it.each<[Memory, number]>([
    ["workerd heap", 1_500],
    ["readers heap", 2_000],
    ["workerd resident", 20_000],
    ["readers resident", 20_000],
  ])("of the %s, %i bytes of each answer are found", (of, anAnswer) => {
    const found = leftBehind(soaked({ anAnswer: { [of]: anAnswer } }));
    expect(found.map(({ kind, of }) => [kind, of])).toContainEqual(["memory-grows", of]);
  });

  it("is found where memory was given out once, and its line does not rise behind that", () => {
    const samples = soaked();
    const high = samples.map((sample) =>
      sample.phase === "start" ? sample : { ...sample, bytes: { ...sample.bytes, "workerd heap": sample.bytes["workerd heap"] + 6 * MB } },
    );
    expect(leftBehind(high).map(({ kind, of }) => [kind, of])).toEqual([["memory-high", "workerd heap"]]);
  });

  it("cannot be told where the bound lies within the interval", () => {
    const found = leftBehind(soaked({ anAnswer: { "workerd heap": RULE.heapGrowth / 1_000 } }));
    expect(found.map(({ kind, of }) => [kind, of])).toEqual([["memory-undecided", "workerd heap"]]);
    expect(found[0]?.what).toMatch(
      /^It grows by .+ per 1,000 answers \(95 %: .+ to .+\), and the bound is 500\.0 kB: a longer soak can tell\.$/,
    );
  });

  it("is not judged by a line through too few samples", () => {
    expect(leftBehind(soaked({ anAnswer: { "workerd heap": 3_000 }, minutes: 5 }))).toEqual([]);
  });

  it("is found where a figure could not be had", () => {
    const samples = soaked().map((sample) => ({ ...sample, bytes: { ...sample.bytes, "workerd heap": Number.NaN } }));
    expect(leftBehind(samples).map(({ kind, of }) => [kind, of])).toContainEqual(["memory-high", "workerd heap"]);
  });

  it("is not said of a soak that was ended before its rest", () => {
    expect(leftBehind(soaked().filter(({ phase }) => phase !== "end"))).toEqual([]);
  });
});
