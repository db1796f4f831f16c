import { describe, expect, it } from "vitest";
import { endsWithNumber, Sequence } from "./sequence.ts";
import { deltaOf, idOf } from "./numbered-events.ts";

describe("a sequence of events", () => {
  it.each([1, 9, 10, 99, 100, 1_000_000])("recognizes event %i by its text and by its id", (seq) => {
    for (const text of [deltaOf(seq), deltaOf(seq, 20), idOf(seq)]) {
      expect(endsWithNumber(text, seq)).toBe(true);
      for (const other of [seq - 1, seq + 1, seq * 10, Math.floor(seq / 10)].filter((one) => one > 0 && one !== seq)) {
        expect(endsWithNumber(text, other), `${text} ends with ${other}`).toBe(false);
      }
    }
  });

  it("is complete once every event arrived in order", async () => {
    const sequence = new Sequence(12);
    for (let seq = 1; seq <= 12; seq++) sequence.see(deltaOf(seq));
    await expect(sequence.complete).resolves.toBeUndefined();
  });

  it.each([
    ["lost", [1, 3]],
    ["repeated", [1, 1]],
    ["reordered", [2, 1]],
  ])("fails when an event is %s, and names the expected one", async (_what, seqs) => {
    const sequence = new Sequence(3);
    for (const seq of seqs) sequence.see(deltaOf(seq));
    await expect(sequence.complete).rejects.toThrow(/^Event [12] of 3 was expected, but this came: /);
  });
});
