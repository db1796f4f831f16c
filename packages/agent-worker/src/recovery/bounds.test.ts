import { describe, expect, it, vi } from "vitest";
import { checkedRecovery, DEFAULT_RECOVERY, nextTry, waitBefore, type Recovery, type Tried } from "./bounds.ts";

const bounds = { ...DEFAULT_RECOVERY, attempts: 3, attemptsInAll: 50, stalledMs: 60_000, repeatedTokens: 1_000 };

/** Tries one after another, each with so much of the answer there. @returns what the last one is */
function after(amounts: readonly number[], { everyMs = 0, chars = 0 } = {}): { readonly tried: Tried } | { readonly over: string } {
  let last: Tried | undefined;
  for (const [index, amount] of amounts.entries()) {
    const next = nextTry(last, amount, chars, bounds, index * everyMs);
    if ("over" in next) return next;
    last = next.tried;
  }
  if (last === undefined) throw new Error("Nothing was tried.");
  return { tried: last };
}

describe("one more try", () => {
  it("is made where something was added since the last", () => {
    expect(after(Array.from({ length: 50 }, (_, index) => index))).toMatchObject({ tried: { attempts: 1, total: 50 } });
  });

  it.each([
    ["nothing was added too often", [5, 5, 5, 5], {}, "it was tried 3 times with nothing gained"],
    ["there is less than before", [5, 4, 3, 2], {}, "it was tried 3 times with nothing gained"],
    ["nothing was added for too long", [5, 5], { everyMs: 60_001 }, "nothing was gained for 60 s"],
    ["too much would be shown again", [1, 2, 3], { chars: 2_000 }, "its model would be shown more than 1000 tokens again"],
    ["there were too many in all", Array.from({ length: 51 }, (_, index) => index), {}, "it was tried 50 times in all"],
  ])("is not made where %s", (_what, amounts, options, over) => {
    expect(after(amounts, options)).toEqual({ over });
  });

  it("is made at once where something was added, and later and later where not", () => {
    const tried: Tried = { attempts: 1, total: 1, amount: 0, repeatedTokens: 0, progressAt: 0 };
    const waits = [1, 2, 3, 4, 20].map((attempts) => waitBefore({ ...tried, attempts }, 1));
    expect(waits).toEqual([0, 250, 500, 1_000, 10_000]);
    expect(waitBefore({ ...tried, attempts: 2 }, 0)).toBe(125);
  });
});

it("what an author leaves out has its default, and what cannot be is misconfigured", () => {
  expect(checkedRecovery({ attempts: 1 })).toEqual({ ...DEFAULT_RECOVERY, attempts: 1 });
  for (const wrong of [{ attempts: -1 }, { attemptsInAll: Number.NaN }, { stalledMs: -5 }, { repeatedTokens: Number.NaN }])
    expect(() => checkedRecovery(wrong)).toThrow(`The recovery's ${Object.keys(wrong)[0]} must be a number, 0 or above.`);
  // Any word would be true.
  for (const enabled of ["off", undefined])
    expect(() => checkedRecovery({ enabled } as unknown as Partial<Recovery>)).toThrow("The recovery's enabled must be true or false.");
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  for (const stalledMs of [0, 5_000, 1_800]) expect(checkedRecovery({ stalledMs })).toMatchObject({ stalledMs });
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/^The recovery's stalledMs is 1800 ms.*Did you mean seconds/)]]);
  warn.mockRestore();
});
