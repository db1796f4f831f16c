import { describe, expect, it } from "vitest";
import type { Choice } from "./facts.ts";
import { turnsOf } from "./turns.ts";

type Part = Parameters<typeof turnsOf>[0][number];

const question: Part = { action: "question", times: 5, differenceMs: -8, isEvent: false };
const tunnel: Part = { action: "tunnel", times: 0.3, differenceMs: -8_000, isEvent: true };
const address: Part = { action: "address", times: 0.2, differenceMs: 10_000, isEvent: true };

/** Means that are known to the millisecond: what is noticed is a bar. */
function turns(parts: readonly Part[], noticed: number): ReturnType<typeof turnsOf> {
  const at = (action: string, times: number): { mean: number; choice: Choice } => {
    const mean = parts.reduce((sum, part) => sum + part.differenceMs * (part.action === action ? times : part.times), 0);
    return { mean, choice: mean > noticed ? "sse" : mean < -noticed ? "ws" : "either" };
  };
  return turnsOf(parts, at("none", 0), at);
}

describe("the counts from which on a session is another one's", () => {
  it("are those at which both are even, where parts speak for different transports: the nearest first", () => {
    // −40 − 2,400 + 2,000 = −440: even with 2,440 ms for the other one, or with 1,960 for this one.
    expect(turns([question, tunnel, address], 50)).toEqual([
      { action: "address", times: expect.closeTo(0.244, 3), ratherThan: 0.2, choice: null },
      { action: "tunnel", times: expect.closeTo(0.245, 3), ratherThan: 0.3, choice: null },
    ]);
  });

  it("are those from which something else is to be taken, where both are alike", () => {
    // At −1,000 it is WebSocket: with 560 ms more for it, or less for the other one.
    expect(turns([question, tunnel, address], 1_000)).toEqual([
      { action: "tunnel", times: expect.closeTo(0.37, 3), ratherThan: 0.3, choice: "ws" },
      { action: "address", times: expect.closeTo(0.144, 3), ratherThan: 0.2, choice: "ws" },
    ]);
  });

  it("are those from which something else is to be taken, and not those from which the runs cannot tell", () => {
    const parts = [question, tunnel, address];
    // An interval of 200 ms to either side.
    const at = (action: string, times: number): { mean: number; choice: Choice } => {
      const mean = parts.reduce((sum, part) => sum + part.differenceMs * (part.action === action ? times : part.times), 0);
      if (Math.abs(mean) < 800) return { mean, choice: "either" };
      if (Math.abs(mean) <= 1_200) return { mean, choice: "undecided" };
      return { mean, choice: mean > 0 ? "sse" : "ws" };
    };
    expect(turnsOf(parts, at("none", 0), at)).toEqual([
      { action: "tunnel", times: expect.closeTo(0.395, 3), ratherThan: 0.3, choice: "ws" },
      { action: "address", times: expect.closeTo(0.124, 3), ratherThan: 0.2, choice: "ws" },
    ]);
  });

  it("are those at which both are even before any other, however near that one is", () => {
    const short: Part = { action: "short", times: 0.3, differenceMs: 70, isEvent: true };
    // −419, of which 415 are not noticed: a few more short tunnels make it either.
    expect(turns([question, tunnel, address, short], 415).map(({ action, choice }) => [action, choice])).toEqual([
      ["address", null],
      ["tunnel", null],
      ["short", "either"],
    ]);
  });

  it("are none beyond a factor of three, of what somebody does, and where all parts speak for one", () => {
    expect(
      turns(
        [
          { ...tunnel, times: 1 },
          { ...address, differenceMs: 2_000 },
        ],
        50,
      ),
    ).toEqual([]);
    expect(
      turns(
        [tunnel, address].map((part) => ({ ...part, isEvent: false })),
        50,
      ),
    ).toEqual([]);
    expect(turns([question, tunnel], 50)).toEqual([]);
  });
});
