import { describe, expect, it } from "vitest";
import type { Counts } from "../../analysis/facts/index.ts";
import { coverageSentence } from "./coverage.ts";

describe("the sentence on too few scenarios", () => {
  const none: Counts = { sse: 0, ws: 0, tooSmall: 0, equivalent: 0, undecided: 0, notEnoughData: 1 };

  it("says how many were measured, and what they favour", () => {
    expect(coverageSentence({ measured: 1, leftOut: 8, of: 9 }, { ...none, sse: 3 })).toBe(
      "1 of 9 scenarios was measured; it favours SSE.",
    );
    const said = (counts: Partial<Counts>): string => coverageSentence({ measured: 2, leftOut: 7, of: 9 }, { ...none, ...counts });
    expect(said({ ws: 1, equivalent: 1 })).toBe("2 of 9 scenarios were measured; they favour WebSocket.");
    expect(said({ ws: 1, sse: 1 })).toBe("2 of 9 scenarios were measured.");
    expect(said({ equivalent: 1, tooSmall: 1 })).toBe("2 of 9 scenarios were measured; they show no difference that matters.");
    expect(said({ equivalent: 1, undecided: 1 })).toBe("2 of 9 scenarios were measured; they are undecided in part.");
  });
});
