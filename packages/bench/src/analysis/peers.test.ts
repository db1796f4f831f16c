import { describe, expect, it } from "vitest";
import { addPeers } from "../../test/fixtures/peers.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { analyse } from "./index.ts";

const without = makeResults({ groups: 6 });

const withPeers = addPeers(without);

const report = analyse(withPeers);
const connect = report.scenarios.find(({ name }) => name === "connect")!;
const [asked, notAsked] = connect.conditions;

describe("peers in an analysis", () => {
  it("are compared with our client of the same transport, as a ratio with an interval and a verdict", () => {
    const slow = asked?.peers.comparisons.find(
      ({ arm, metric, statistic }) => arm === "slow" && metric === "firstEventMs" && statistic === 0.5,
    );
    expect(slow?.beside).toBe("sse");
    expect(slow?.groups).toBe(6);
    expect(slow?.effect?.ratio).toBeGreaterThan(0.45);
    expect(slow?.effect?.ratio).toBeLessThan(0.55);
    expect(slow?.effect?.interval.high).toBeLessThan(0.7);
    expect(slow?.effect?.difference).toBeLessThan(0);
    expect(slow?.verdict).toEqual({ kind: "matters", lower: "ours" });
  });

  it("have their own counts of losses, apart from ours", () => {
    expect(asked?.peers.text.find(({ arm }) => arm === "slow")).toEqual({
      arm: "slow",
      label: "slow <peer>",
      blocks: 6,
      expected: 240,
      received: 198,
      lost: 42,
      repeated: 6,
      reordered: 0,
      faults: 6,
      unanswered: 6,
    });
    for (const { lost, repeated, reordered } of report.integrity) expect([lost, repeated, reordered]).toEqual([0, 0, 0]);
  });

  it("do not change the comparison of the two transports", () => {
    const alone = analyse(without);
    const { scenarios, ...rest } = analyse(withPeers);
    const ofTransports = scenarios.map(({ conditions, contamination: _marks, ...scenario }) => ({
      ...scenario,
      conditions: conditions.map(({ peers: _peers, ...condition }) => condition),
    }));
    expect(ofTransports).toEqual(
      alone.scenarios.map(({ conditions, contamination: _marks, ...scenario }) => ({
        ...scenario,
        conditions: conditions.map(({ peers: _peers, ...condition }) => condition),
      })),
    );
    for (const part of ["claims", "control", "families", "integrity", "sensitivity"] as const) expect(rest[part]).toEqual(alone[part]);
  });

  it("record where they were not measured, and why", () => {
    expect(notAsked?.peers.notAsked).toEqual([{ arm: "choosy", label: "choosy", reason: "it has no such header." }]);
    expect(notAsked?.peers.comparisons.some(({ arm }) => arm === "choosy")).toBe(false);
  });
});
