import { describe, expect, it } from "vitest";
import type { Metric } from "../results/schema.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import { betterArm, judge, resolutionOf, type Evidence } from "./verdict.ts";

const clear: Evidence = {
  ratio: 0.8,
  interval: { low: 0.75, high: 0.85 },
  difference: -0.5,
  controls: [
    { low: 0.95, high: 1.06 },
    { low: 0.96, high: 1.04 },
  ],
  resolution: 0.1,
};

const time: Metric = { id: "t", label: "Time", unit: "ms", better: "lower", quantiles: [0.5], description: "A time." };

describe("judge", () => {
  it("calls an arm lower where interval, control and resolution all allow it", () => {
    expect(judge(clear)).toEqual({ kind: "lower", arm: "ws" });
    expect(judge({ ...clear, ratio: 1.25, interval: { low: 1.2, high: 1.3 }, difference: 0.5 })).toEqual({ kind: "lower", arm: "sse" });
  });

  it("calls no difference where the interval holds 1, even at its end", () => {
    expect(judge({ ...clear, interval: { low: 0.75, high: 1 } })).toEqual({ kind: "no-difference", reasons: ["interval-holds-1"] });
  });

  it("calls no difference where either control's interval holds the effect", () => {
    const wide = { low: 0.78, high: 1.2 };
    for (const controls of [
      [wide, clear.controls[1] ?? wide],
      [clear.controls[0] ?? wide, wide],
    ])
      expect(judge({ ...clear, controls })).toEqual({ kind: "no-difference", reasons: ["inside-control"] });
  });

  it("claims nothing up to the timer's resolution", () => {
    expect(judge({ ...clear, difference: -0.1 })).toEqual({ kind: "no-difference", reasons: ["below-resolution"] });
    expect(judge({ ...clear, difference: -0.11 }).kind).toBe("lower");
  });

  it("gives every reason there is", () => {
    const verdict = judge({ ...clear, ratio: 1.01, interval: { low: 0.9, high: 1.1 }, difference: 0 });
    expect(verdict).toEqual({ kind: "no-difference", reasons: ["interval-holds-1", "inside-control", "below-resolution"] });
  });
});

describe("betterArm", () => {
  it("is the lower one for a latency and the higher one for a rate", () => {
    expect(betterArm({ kind: "lower", arm: "ws" }, time)).toBe("ws");
    expect(betterArm({ kind: "lower", arm: "ws" }, { ...time, better: "higher" })).toBe("sse");
    expect(betterArm({ kind: "lower", arm: "sse" }, { ...time, better: "higher" })).toBe("ws");
  });

  it("is nobody without a difference", () => {
    expect(betterArm({ kind: "no-difference", reasons: ["inside-control"] }, time)).toBeNull();
  });
});

describe("resolutionOf", () => {
  const { environment } = makeResults({ groups: 1 });

  it("is the timer's typical lateness for a median, its worst for a tail, and nothing for bytes", () => {
    expect(resolutionOf(time, 0.5, environment)).toBe(environment.timerLatenessMs.p50);
    expect(resolutionOf(time, 0.99, environment)).toBe(environment.timerLatenessMs.p99);
    expect(resolutionOf({ ...time, unit: "bytes" }, 0.99, environment)).toBe(0);
  });
});
