import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventCheck, type EventCounts } from "./event-check.ts";

function check(ids: readonly string[], endMissing = false): EventCounts {
  const check = new EventCheck();
  for (const id of ids) check.see(id);
  return check.result(endMissing);
}

const ids = (...seqs: readonly number[]): string[] => seqs.map((seq) => `e.${seq}`);
const none = { lost: 0, repeated: 0, reordered: 0 };

describe("the check of event ids", () => {
  it.each([
    ["nothing of a whole run", ids(1, 2, 3), none],
    ["a lost event", ids(1, 3, 4), { ...none, lost: 1 }],
    ["a lost beginning", ids(3, 4), { ...none, lost: 2 }],
    ["a repeated event", ids(1, 1, 2), { ...none, repeated: 1 }],
    ["two swapped events", ids(2, 1, 3), { ...none, reordered: 1 }],
    ["an event of another log", ["e.1", "f.2", "e.2"], { ...none, repeated: 1 }],
    ["what is no id", ["e.1", "", "e.x", "e.0"], { ...none, repeated: 3 }],
  ])("counts %s", (_what, seen, counts) => {
    expect(check(seen)).toEqual({ received: seen.length, ...counts });
  });

  it("counts the terminal event as lost where the events came to their end without it", () => {
    expect(check(ids(1, 2), true).lost).toBe(1);
    expect(check([], true).lost).toBe(1);
  });

  it("finds every event that is left out of any run, and every one that is there twice", () => {
    const flaws = fc.record({ length: fc.integer({ min: 2, max: 50 }), out: fc.nat(), twice: fc.nat() });
    fc.assert(
      fc.property(flaws, ({ length, out, twice }) => {
        const whole = Array.from({ length }, (_, index) => index + 1);
        const left = out % (length - 1);
        expect(check(ids(...whole.filter((_, index) => index !== left))).lost).toBe(1);
        const again = twice % length;
        expect(check(ids(...whole.flatMap((seq, index) => (index === again ? [seq, seq] : [seq]))))).toMatchObject({
          lost: 0,
          repeated: 1,
        });
      }),
    );
  });
});
