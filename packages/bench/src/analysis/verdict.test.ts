import { describe, expect, it } from "vitest";
import type { Metric } from "../results/schema.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import type { NoDifferenceReason } from "./facts/index.ts";
import { betterArm, floorOf, isTailOfFewBlocks, judge, resolutionOf, type Evidence } from "./verdict.ts";

const clear: Evidence = {
  ratio: 0.8,
  interval: { low: 0.75, high: 0.85 },
  difference: -0.5,
  controls: [
    { low: 0.95, high: 1.06 },
    { low: 0.96, high: 1.04 },
  ],
  resolution: 0.1,
  larger: 2.5,
  floor: 0.5,
};

const time: Metric = { id: "t", label: "Time", unit: "ms", better: "lower", quantiles: [0.5], description: "A time." };

/** What breaks each clause of the rule, and only that one. */
const breaks: readonly { readonly reason: NoDifferenceReason; readonly evidence?: Partial<Evidence>; readonly adjusted?: number }[] = [
  { reason: "interval-holds-1", evidence: { interval: { low: 0.75, high: 1 } } },
  { reason: "correction", adjusted: 0.0501 },
  { reason: "inside-control", evidence: { controls: [{ low: 0.79, high: 1.2 }] } },
  { reason: "below-resolution", evidence: { difference: -0.1 } },
  { reason: "below-floor", evidence: { floor: 0.84 } },
];

describe("judge", () => {
  it("follows the rule's truth table: a difference when no clause is broken, otherwise every broken clause", () => {
    for (let row = 0; row < 2 ** breaks.length; row++) {
      const broken = breaks.filter((_, bit) => (row & (1 << bit)) !== 0);
      const evidence = Object.assign({}, clear, ...broken.map((one) => one.evidence ?? {})) as Evidence;
      const adjusted = Math.max(0.05, ...broken.map((one) => one.adjusted ?? 0));
      // An interval that holds 1 needs no correction to be no difference.
      const expected = broken
        .map(({ reason }) => reason)
        .filter((reason, _, all) => reason !== "correction" || !all.includes("interval-holds-1"));
      expect(judge(evidence, adjusted)).toEqual(
        expected.length === 0 ? { kind: "lower", arm: "ws" } : { kind: "no-difference", reasons: expected },
      );
    }
  });

  it("names the arm by the side of 1 on which the ratio lies", () => {
    expect(judge({ ...clear, ratio: 1.25, interval: { low: 1.2, high: 1.3 }, difference: 0.5 }, 0.01)).toEqual({
      kind: "lower",
      arm: "sse",
    });
  });

  it("reports no difference when either control's interval contains the effect", () => {
    const wide = { low: 0.78, high: 1.2 };
    const narrow = { low: 0.95, high: 1.05 };
    for (const controls of [
      [wide, narrow],
      [narrow, wide],
    ])
      expect(judge({ ...clear, controls }, 0.01)).toEqual({ kind: "no-difference", reasons: ["inside-control"] });
  });

  it("counts an effect at the interval's end or at the resolution as no difference, and one at 5 % or three floors as a difference", () => {
    expect(judge({ ...clear, difference: -0.1 }, 0.01).kind).toBe("no-difference");
    expect(judge({ ...clear, difference: -0.101 }, 0.01).kind).toBe("lower");
    expect(judge(clear, 0.05).kind).toBe("lower");
    expect(judge({ ...clear, larger: 1.5 }, 0.01).kind).toBe("lower");
    expect(judge({ ...clear, larger: 1.49 }, 0.01).kind).toBe("no-difference");
    expect(judge({ ...clear, larger: 0.01, floor: null }, 0.01).kind).toBe("lower");
  });
});

describe("alike", () => {
  const close: Evidence = { ...clear, ratio: 1.01, interval: { low: 0.95, high: 1.06 }, difference: 0.02 };

  it("needs the whole interval within 10 % of 1, whatever else rules out a difference", () => {
    const alike = { kind: "alike", within: 1.1 };
    expect(judge(close, 1)).toEqual(alike);
    expect(judge({ ...close, interval: { low: 1 / 1.1, high: 1.1 } }, 1)).toEqual(alike);
    expect(judge({ ...close, controls: [{ low: 0.2, high: 5 }], resolution: 10 }, 1)).toEqual(alike);
    expect(judge({ ...close, ratio: 1, interval: { low: 1, high: 1 }, difference: 0 }, 1)).toEqual(alike);
  });

  it("does not hold when either end reaches further, because finding nothing proves nothing", () => {
    for (const interval of [
      { low: 0.909, high: 1.05 },
      { low: 0.95, high: 1.101 },
    ])
      expect(judge({ ...close, interval }, 1)).toEqual({
        kind: "no-difference",
        reasons: ["interval-holds-1", "inside-control", "below-resolution"],
      });
  });

  it("does not hold when the floor makes the two alike, or when a difference was found, however small", () => {
    expect(judge({ ...close, floor: 2 }, 1)).toMatchObject({ kind: "no-difference" });
    const small: Evidence = {
      ...clear,
      ratio: 1.02,
      interval: { low: 1.019, high: 1.021 },
      difference: 5,
      controls: [{ low: 0.999, high: 1.001 }],
    };
    expect(judge(small, 0.001)).toEqual({ kind: "lower", arm: "sse" });
  });
});

describe("isTailOfFewBlocks", () => {
  const paired = { ratio: 1, interval: { low: 0.9, high: 1.1 }, pValue: 1, standardError: 0.05 };

  it("holds when the groups' own ratios do not contain the pooled ratio of a tail, and never for a median", () => {
    expect(isTailOfFewBlocks({ quantile: 0.99, ratio: 2, paired })).toBe(true);
    expect(isTailOfFewBlocks({ quantile: 0.99, ratio: 1.05, paired })).toBe(false);
    expect(isTailOfFewBlocks({ quantile: 0.5, ratio: 2, paired })).toBe(false);
    expect(isTailOfFewBlocks({ quantile: 0.99, ratio: 2, paired: null })).toBe(false);
  });
});

describe("betterArm", () => {
  it("is the lower one for a latency and the higher one for a rate", () => {
    expect(betterArm({ kind: "lower", arm: "ws" }, time)).toBe("ws");
    expect(betterArm({ kind: "lower", arm: "ws" }, { ...time, better: "higher" })).toBe("sse");
    expect(betterArm({ kind: "lower", arm: "sse" }, { ...time, better: "higher" })).toBe("ws");
  });

  it("is null without a difference", () => {
    expect(betterArm({ kind: "no-difference", reasons: ["inside-control"] }, time)).toBeNull();
  });
});

describe("resolutionOf", () => {
  const { environment } = makeResults({ groups: 1 });

  it("is three times the timer's typical lateness for a median, its worst for a tail, and nothing for bytes", () => {
    expect(resolutionOf(time, 0.5, environment)).toBe(3 * environment.timerLatenessMs.p50);
    expect(resolutionOf(time, 0.99, environment)).toBe(3 * environment.timerLatenessMs.p99);
    expect(resolutionOf({ ...time, unit: "bytes" }, 0.99, environment)).toBe(0);
  });

  it("is never finer than three steps of the clock", () => {
    expect(resolutionOf(time, 0.5, { ...environment, clockStepMs: 1 })).toBe(3);
  });
});

describe("floorOf", () => {
  const arms = [
    { arm: "sse", value: 2 },
    { arm: "floor", value: 0.4 },
  ];

  it("is the floor arm's value for a time, and absent for bytes, scheduled metrics and scenarios without a floor", () => {
    expect(floorOf(time, arms)).toBe(0.4);
    expect(floorOf({ ...time, unit: "bytes" }, arms)).toBeNull();
    expect(floorOf({ ...time, scheduled: true }, arms)).toBeNull();
    expect(floorOf(time, arms.slice(0, 1))).toBeNull();
  });
});
