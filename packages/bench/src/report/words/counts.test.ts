import { expect, it } from "vitest";
import { countsSentence } from "./counts.ts";

it("the sentence on counts has what is better, what is too small, what is equivalent and what is undecided", () => {
  const counted = { sse: 0, ws: 0, tooSmall: 1, equivalent: 2, undecided: 1, notEnoughData: 0 };
  expect(countsSentence(counted, [])).toBe(
    "Of 4 comparisons, 1 differs by what is too small to matter, 2 are equivalent and 1 is undecided.",
  );
  expect(countsSentence({ ...counted, sse: 2, ws: 1 }, ["ws", "sse"])).toBe(
    "Of 7 comparisons, WebSocket is better in 1 and SSE in 2 by a difference that matters; 1 differs by what is too small to matter, 2 are equivalent and 1 is undecided.",
  );
});
