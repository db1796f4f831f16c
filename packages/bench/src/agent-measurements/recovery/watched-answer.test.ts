import { tokenText } from "@agent-transports/lab/provider";
import { describe, expect, it } from "vitest";
import { forgottenAfter, seenOf, waitsAfter, WatchedAnswer } from "./watched-answer.ts";

const tokens = Array.from({ length: 20 }, (_, index) => tokenText(index, () => 0));
const upTo = (count: number): string => tokens.slice(0, count).join("");
const whole = upTo(20);

describe("what a person sees of an answer", () => {
  it("is whole only if it is the exact text, once", () => {
    expect(seenOf(whole, tokens)).toEqual({ whole: true, lost: 0, repeated: 0, reordered: 0 });
    expect(seenOf(`${upTo(7)}${whole}`, tokens)).toEqual({ whole: false, lost: 0, repeated: 7, reordered: 0 });
    expect(seenOf(upTo(15), tokens)).toEqual({ whole: false, lost: 5, repeated: 0, reordered: 0 });
    expect(seenOf(whole.replace(tokens[3]!, ""), tokens)).toMatchObject({ whole: false, lost: 1 });
    expect(seenOf(`${tokens[1]}${tokens[0]}${tokens.slice(2).join("")}`, tokens)).toMatchObject({ whole: false, reordered: 1 });
    expect(seenOf(whole.replace("w3 the ", "w3 the  "), tokens)).toMatchObject({ whole: false, lost: 0, repeated: 0 });
  });

  it("goes forward where there is more than ever before, and not where it is shown anew", () => {
    let now = 0;
    const watched = new WatchedAnswer(tokens, () => now);
    for (const [at, count] of [
      [1, 2],
      [2, 5],
      [3, 0],
      [4, 3],
      [5, 5],
      [6, 9],
    ] as const) {
      now = at;
      watched.show(upTo(count));
    }
    expect(watched.progress).toEqual([
      { at: 1, tokens: 2 },
      { at: 2, tokens: 5 },
      { at: 6, tokens: 9 },
    ]);
    expect(watched.changedAt).toBe(6);
    expect(watched.isWhole).toBe(false);
    watched.show(whole);
    expect(watched.isWhole).toBe(true);
  });
});

describe("after a kill", () => {
  const kills = [
    { killedAt: 100, listenedAt: 150 },
    { killedAt: 200, listenedAt: 250 },
    { killedAt: 300, listenedAt: 350 },
  ];

  it("a reader waits for the next new token; what was read before the Worker listened had been sent before", () => {
    const progress = [90, 101, 170, 390].map((at, index) => ({ at, tokens: index + 1 }));
    expect(waitsAfter(kills, progress)).toEqual({ fromKillMs: [70, 190, 90], fromListeningMs: [20, 40] });
    expect(waitsAfter(kills, progress.slice(0, 2))).toEqual({ fromKillMs: [], fromListeningMs: [] });
  });

  it("what a reader had seen and the model was not shown must be said anew", () => {
    const progress = [
      { at: 90, tokens: 12 },
      { at: 260, tokens: 15 },
    ];
    const asked = [
      { requestAt: 10, knew: 0 },
      { requestAt: 160, knew: 8 },
      { requestAt: 360, knew: 15 },
    ];
    // Between the second kill and the third it was not asked.
    expect(forgottenAfter(kills, progress, asked)).toBe(4);
  });
});
