import { describe, expect, it } from "vitest";
import type { LoadOutcome } from "./put-load.ts";
import { judge, loadTable } from "./thresholds.ts";

const good: LoadOutcome = {
  transport: "sse",
  started: 100,
  finished: 100,
  firstEventMs: Array.from({ length: 100 }, (_, index) => index),
  runMs: [1000],
  integrity: { expected: 10, received: 10, lost: 0, repeated: 0, reordered: 0 },
  failures: new Map(),
};

describe("the thresholds of a load test", () => {
  it("pass for runs that lost nothing and answered in time", () => {
    expect(judge(good, { p95FirstEventMs: 100 })).toEqual([]);
  });

  it.each([
    ["a lost event", { integrity: { ...good.integrity, lost: 1 } }, /lost 1/],
    ["a repeated event", { integrity: { ...good.integrity, repeated: 1 } }, /repeated 1/],
    ["a reordered event", { integrity: { ...good.integrity, reordered: 1 } }, /reordered 1/],
    ["more than one run in a hundred that did not finish", { finished: 98 }, /98 of 100 runs finished/],
    ["nothing started", { started: 0, finished: 0 }, /0 of 0/],
    ["no first event at all", { firstEventMs: [] }, /^sse: no run had a first event\.$/],
    ["a slow first event", { firstEventMs: [5000] }, /5000 ms/],
  ])("are broken by %s", (_what, change, sentence) => {
    expect(judge({ ...good, ...change }, { p95FirstEventMs: 100 }).join("\n")).toMatch(sentence);
  });

  it("are printed with a table of both transports", () => {
    const [head, sse, ws] = loadTable([good, { ...good, transport: "ws" }]).split("\n");
    expect(head).toMatch(/lost +repeated +reordered/);
    expect(sse).toMatch(/^ *sse +100 +100 +10 +0 +0 +0/);
    expect(ws).toMatch(/^ *ws /);
  });
});
