import { describe, expect, it } from "vitest";
import type { Metric } from "../results/schema.ts";
import { makeResults } from "../../test/fixtures/results.ts";
import type { MeanEffect } from "../stats/index.ts";
import type { UndecidedReason } from "./facts/index.ts";
import {
  betterArm,
  floorOf,
  isTailOfFewBlocks,
  judge,
  resolutionOf,
  transports,
  withInflation,
  type Evidence,
  type Judged,
} from "./verdict.ts";

/** Of ten groups: the 90 % interval reaches 1.833 standard errors to each side. */
const effect = (mean: number, standardError: number): MeanEffect => ({ mean, standardError, groups: 10 });

/** WebSocket is 80 ms lower, of 400, and 50 ms would matter. */
const clear: Evidence = {
  difference: effect(-80, 5),
  logRatio: effect(-0.22, 0.01),
  isConstant: false,
  resolution: 1,
  larger: 400,
  floor: 100,
  smallest: { kind: "wait", scale: "unit", size: 50, atLeastMs: null, others: [] },
};

const small = { difference: effect(-20, 5), logRatio: effect(-0.05, 0.01) };
const open = { difference: effect(-55, 20), logRatio: effect(-0.15, 0.05) };

const time: Metric = { id: "t", label: "Time", unit: "ms", better: "lower", quantiles: [0.5], description: "A time." };

const judged = (evidence: Partial<Evidence>, adjusted = 0.01): Judged<"ws" | "sse"> =>
  judge({ ...clear, ...evidence }, adjusted, transports);

/** What keeps a difference from being claimed, each by itself. */
const breaks: readonly { readonly reason: UndecidedReason; readonly evidence?: Partial<Evidence>; readonly adjusted?: number }[] = [
  { reason: "no-difference-shown", adjusted: 0.0501 },
  { reason: "scales-disagree", evidence: { logRatio: effect(0.01, 0.1) } },
  { reason: "below-resolution", evidence: { resolution: 100 } },
  { reason: "below-floor", evidence: { floor: 134 } },
];

describe("judge", () => {
  it("follows the rule's truth table: each combination of what breaks a difference, with an effect within, beyond and across", () => {
    for (const [state, size] of [
      ["within", 200],
      ["beyond", 50],
      ["across", 78],
    ] as const) {
      for (let row = 0; row < 2 ** breaks.length; row++) {
        const broken = breaks.filter((_, bit) => (row & (1 << bit)) !== 0);
        const evidence = Object.assign({}, clear, ...broken.map((one) => one.evidence ?? {})) as Evidence;
        const reasons = broken.map(({ reason }) => reason);
        const verdict = judged(
          { ...evidence, smallest: { kind: "wait", scale: "unit", size, atLeastMs: null, others: [] } },
          Math.max(0.05, ...broken.map(({ adjusted = 0 }) => adjusted)),
        );
        const isDifference = reasons.length === 0;
        const undecided = {
          kind: "undecided",
          lower: isDifference ? "ws" : null,
          reasons: state === "across" ? [...reasons, "size-open"] : reasons,
        };
        const withDifference = { within: { kind: "too-small", lower: "ws" }, beyond: { kind: "matters", lower: "ws" }, across: undecided };
        const without = { within: { kind: "equivalent" }, beyond: undecided, across: undecided };
        expect(verdict).toMatchObject(isDifference ? withDifference[state] : without[state]);
      }
    }
  });

  it("names the side with the lower value", () => {
    expect(judged({})).toEqual({ kind: "matters", lower: "ws" });
    expect(judged({ difference: effect(80, 5), logRatio: effect(0.22, 0.01) })).toEqual({ kind: "matters", lower: "sse" });
    expect(judge(clear, 0.01, { numerator: "ours", denominator: "peer" })).toEqual({ kind: "matters", lower: "ours" });
  });

  it("says that an effect matters only where its whole interval is beyond the smallest one: reaching past it shows neither", () => {
    expect(judged(open)).toMatchObject({ kind: "undecided", lower: "ws", reasons: ["size-open"] });
    expect(judged({ difference: effect(-50 - 1.8 * 5, 5) })).toMatchObject({ kind: "undecided" });
    expect(judged({ difference: effect(-50 - 1.9 * 5, 5) })).toEqual({ kind: "matters", lower: "ws" });
  });

  it("states a constant as a fact, whatever its size or its p-value", () => {
    expect(judged({ isConstant: true, difference: effect(151, 0), logRatio: effect(0.3, 0) }, 1)).toEqual({
      kind: "constant",
      lower: "sse",
    });
    expect(judged({ isConstant: true, difference: effect(0, 0), logRatio: effect(0, 0) }, 1)).toEqual({ kind: "constant", lower: null });
  });

  it("finds any difference of interest where events are lost, and shows none to be equivalent", () => {
    const smallest = { kind: "fault", scale: "unit", size: 0, atLeastMs: null, others: [] } as const;
    expect(judged({ smallest, ...small })).toEqual({ kind: "matters", lower: "ws" });
    expect(judged({ smallest, ...small }, 0.2)).toMatchObject({ kind: "undecided", reasons: ["no-difference-shown"] });
  });

  it("cannot judge the size of what names no kind, nor a share of what has no ratio", () => {
    expect(judged({ smallest: null })).toMatchObject({
      kind: "undecided",
      lower: "ws",
      reasons: ["no-smallest-effect"],
      groupsNeeded: null,
    });
    const smallest = { kind: "whole", scale: "ratio", size: 0.05, atLeastMs: null, others: [] } as const;
    expect(judged({ smallest, logRatio: null })).toMatchObject({
      kind: "undecided",
      lower: "ws",
      reasons: ["no-ratio"],
      groupsNeeded: null,
    });
  });
});

describe("a share as the smallest effect", () => {
  const smallest = { kind: "whole", scale: "ratio", size: 0.05, atLeastMs: 50, others: [] } as const;

  it("is held against the ratio, and what is shorter than a wait does not matter whatever its share", () => {
    expect(judged({ smallest })).toEqual({ kind: "matters", lower: "ws" });
    // 20 % of a chain that takes 12 ms.
    expect(judged({ smallest, difference: effect(-2.5, 0.3), larger: 14, floor: null })).toEqual({ kind: "too-small", lower: "ws" });
    // 400 ms of a minute.
    expect(judged({ smallest, difference: effect(-400, 30), logRatio: effect(-0.006, 0.001), larger: 66_000 })).toEqual({
      kind: "too-small",
      lower: "ws",
    });
    expect(judged({ smallest, difference: effect(-55, 20), larger: 500 })).toMatchObject({ kind: "undecided", reasons: ["size-open"] });
  });

  it("is not judged of what is mostly the floor: a floor makes any two values similar", () => {
    const close = { logRatio: effect(-0.005, 0.001), difference: effect(-0.4, 0.1) };
    expect(judged({ smallest: { ...smallest, atLeastMs: null }, ...close, floor: 390 }, 1)).toMatchObject({ kind: "undecided" });
    expect(judged({ ...close, floor: 390 }, 1)).toEqual({ kind: "equivalent" });
  });
});

describe("the pair groups that would tell", () => {
  const needed = (evidence: Partial<Evidence>, adjusted?: number): number | null => {
    const verdict = judged(evidence, adjusted);
    return verdict.kind === "undecided" ? verdict.groupsNeeded : null;
  };

  it("are more the nearer an effect is to the edge, and the more groups vary", () => {
    const at = (mean: number, error: number): number => needed({ difference: effect(mean, error) }) ?? 0;
    expect(at(-40, 20)).toBeGreaterThan(at(-30, 20));
    expect(at(-40, 30)).toBeGreaterThan(at(-40, 20));
    expect(at(-60, 20)).toBeGreaterThan(10);
  });

  it("are as many as the correction for many comparisons asks for, where the size is known and the difference is not", () => {
    expect(needed({ difference: effect(-80, 10), logRatio: effect(-0.22, 0.15) }, 0.2)).toBeGreaterThan(10);
  });

  it("are not given where more groups would not help", () => {
    expect(needed({ ...open, resolution: 100 })).toBeNull();
    expect(needed({ ...open, floor: 300 })).toBeNull();
  });
});

describe("withInflation", () => {
  it("widens both scales, so that less is decided", () => {
    const wide = withInflation(clear, 4);
    expect([wide.difference.standardError, wide.logRatio?.standardError]).toEqual([20, 0.04]);
    expect(judged(wide)).toMatchObject({ kind: "undecided", reasons: ["size-open"] });
  });
});

describe("isTailOfFewBlocks", () => {
  const interval = { low: 0.9, high: 1.1 };

  it("holds when the groups' own ratios do not contain the pooled ratio of a tail, and never for a median or a mean", () => {
    expect(isTailOfFewBlocks(0.99, 2, interval)).toBe(true);
    expect(isTailOfFewBlocks(0.99, 1.05, interval)).toBe(false);
    expect(isTailOfFewBlocks(0.5, 2, interval)).toBe(false);
    expect(isTailOfFewBlocks("mean", 2, interval)).toBe(false);
    expect(isTailOfFewBlocks(0.99, 2, null)).toBe(false);
  });
});

describe("betterArm", () => {
  it("is the lower one for a latency and the higher one for a rate, where it matters", () => {
    expect(betterArm({ kind: "matters", lower: "ws" }, time)).toBe("ws");
    expect(betterArm({ kind: "matters", lower: "ws" }, { ...time, better: "higher" })).toBe("sse");
    expect(betterArm({ kind: "matters", lower: "sse" }, { ...time, better: "higher" })).toBe("ws");
  });

  it("is null without a difference that matters", () => {
    expect(betterArm({ kind: "too-small", lower: "ws" }, time)).toBeNull();
    expect(betterArm({ kind: "undecided", lower: "ws", reasons: ["size-open"], groupsNeeded: 9 }, time)).toBeNull();
    expect(betterArm({ kind: "constant", lower: "ws" }, time)).toBeNull();
  });
});

describe("resolutionOf", () => {
  const { environment } = makeResults({ groups: 1 });

  it("is three times the timer's typical lateness for a median or a mean, its worst for a tail, and nothing for bytes", () => {
    expect(resolutionOf(time, 0.5, environment)).toBe(3 * environment.timerLatenessMs.p50);
    expect(resolutionOf(time, "mean", environment)).toBe(3 * environment.timerLatenessMs.p50);
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
