import { describe, expect, it } from "vitest";
import { recoveryFrom } from "./recovery.ts";

const states = [
  { to: "open", at: 10 },
  { to: "waiting", at: 205 },
  { to: "connecting", at: 230 },
  { to: "open", at: 240 },
  { to: "ended", at: 900 },
];
const events = [
  { at: 190, tokens: [0] },
  // On its way when the fault was made.
  { at: 201, tokens: [1] },
  { at: 242, tokens: [2, 3] },
  { at: 251, tokens: [4] },
];
const sentAt = [189, 199, 210, 220, 250];

describe("the recovery from a fault", () => {
  it("is timed from the fault, without events that were already on their way", () => {
    expect(recoveryFrom({ states, events }, { at: 200 }, Infinity, sentAt)).toEqual({ recovery: 42, open: 40, notice: 5, replayed: 2 });
  });

  it("counts from the end of a stall that nothing noticed", () => {
    const stalled = { states: states.slice(0, 1), events };
    expect(recoveryFrom(stalled, { at: 200, healedAt: 230 }, Infinity, sentAt)).toEqual({ recovery: 42, replayed: 2 });
  });

  it("belongs to its fault before the next one, and must happen", () => {
    expect(() => recoveryFrom({ states, events }, { at: 200 }, 241, sentAt)).toThrow("No event came");
    expect(() => recoveryFrom({ states: states.slice(0, 3), events }, { at: 200 }, Infinity, sentAt)).toThrow("No event came");
  });
});
