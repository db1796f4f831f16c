import { describe, expect, it } from "vitest";
import { choiceOf, noticedOf, toDecide } from "./choice.ts";
import { sessionKinds, type SessionKind } from "./kinds.ts";

const chat: SessionKind = sessionKinds.find(({ id }) => id === "chat")!;
const agent: SessionKind = sessionKinds.find(({ id }) => id === "agent")!;

describe("what is noticed of a session", () => {
  it("is 50 ms of each wait; of a chain also 5 % of it, with the time of its model, as METHOD.md says of a whole chain", () => {
    expect(noticedOf(chat, 3_000)).toBe(5 * 50);
    expect(noticedOf(agent, 12_500)).toBe(0.05 * 12_500);
    expect(noticedOf({ ...agent, modelMs: 0 }, 400)).toBe(50);
  });

  it("follows another bar for a wait, and no share of a chain does", () => {
    expect([20, 100].map((bar) => noticedOf(chat, 3_000, bar))).toEqual([100, 500]);
    expect([20, 100].map((bar) => noticedOf(agent, 12_500, bar))).toEqual([625, 625]);
  });

  it("is told by the 90 % interval", () => {
    // t(0.95; 3) = 2.353: ± 23.5.
    const known = { variance: 100, degrees: 3 };
    expect([0, 74, -74, 60, -40].map((mean) => choiceOf({ ...known, mean }, 50))).toEqual([
      "either",
      "sse",
      "ws",
      "undecided",
      "undecided",
    ]);
  });
});

describe("what would decide an undecided session", () => {
  const known = { variance: 20 ** 2, degrees: 3 };
  const runs = { of: "runs", count: 4 } as const;

  it("is so many runs that their interval lies beyond what is noticed, with a chance of 80 %", () => {
    // Each run spreads by 40 ms. (t(0.95; 5) + t(0.8; 5)) · 40 / √6 = 47.9, and with five runs 55.0.
    expect(toDecide({ ...known, mean: 100 }, 50, runs)).toEqual({ shows: "sse", of: "runs", count: 6 });
    expect(toDecide({ ...known, mean: -100 }, 50, runs)).toEqual({ shows: "ws", of: "runs", count: 6 });
  });

  it("is so many that it lies within, where the mean does: no number shows another one", () => {
    // (t(0.95; 7) + t(0.8; 7)) · 40 / √8 = 39.5, and with seven 43.1.
    expect(toDecide({ ...known, mean: 10 }, 50, runs)).toEqual({ shows: "either", of: "runs", count: 8 });
  });

  it("is no number of runs where the mean is just what is noticed", () => {
    expect(toDecide({ ...known, mean: 50 }, 50, runs)).toMatchObject({ count: null });
  });

  it("is told of one run by its pair groups, as how many times as many", () => {
    // Each group spreads by 44.7 ms: seven are needed, where there are five.
    const groups = { of: "times the pair groups", count: 5 } as const;
    expect(toDecide({ ...known, mean: 100 }, 50, groups)).toEqual({ shows: "sse", of: "times the pair groups", count: 2 });
  });
});
