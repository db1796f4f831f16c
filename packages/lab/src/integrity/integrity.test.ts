import type { RunEvent } from "@agent-transports/client-core";
import type { RunChunk } from "@agent-transports/protocol";
import { describe, expect, it } from "vitest";
import { addUp, IntegrityChecker } from "./integrity.ts";

/** A run of `start`, five tokens and the terminal event. */
function wholeRun(): RunEvent[] {
  const chunks: RunChunk[] = [
    { type: "start" },
    ...Array.from({ length: 5 }, (_, index) => ({ type: "text-delta" as const, id: "0", delta: `w${index} the ` })),
    { type: "data-run-end", data: { state: "finished" }, transient: true },
  ];
  return chunks.map((data, index) => ({ id: `e.${index + 1}`, data }));
}

function check(events: readonly RunEvent[], tokens?: number): ReturnType<IntegrityChecker["result"]> {
  const checker = new IntegrityChecker();
  for (const event of events) checker.see(event);
  return checker.result(tokens);
}

describe("the integrity checker", () => {
  it("accepts a complete run", () => {
    expect(check(wholeRun(), 5)).toEqual({ expected: 7, received: 7, lost: 0, repeated: 0, reordered: 0 });
  });

  it("finds a lost event", () => {
    const events = wholeRun();
    events.splice(3, 1);
    expect(check(events, 5)).toMatchObject({ expected: 7, received: 6, lost: 1, repeated: 0, reordered: 0 });
  });

  it("finds a repeated event", () => {
    const events = wholeRun();
    events.splice(3, 0, events[3]!);
    expect(check(events, 5)).toMatchObject({ received: 8, lost: 0, repeated: 1, reordered: 0 });
  });

  it("finds two swapped events", () => {
    const events = wholeRun();
    [events[3], events[4]] = [events[4]!, events[3]!];
    expect(check(events, 5)).toMatchObject({ lost: 0, repeated: 0, reordered: 1 });
  });

  it("finds a lost tail, by the missing terminal event and by the text", () => {
    expect(check(wholeRun().slice(0, 6), 5)).toMatchObject({ expected: 7, received: 6, lost: 1 });
    expect(check(wholeRun().slice(0, 4), 5)).toMatchObject({ lost: 2 });
  });

  it("finds wrong text under correct ids", () => {
    const swapped = wholeRun();
    const [a, b] = [swapped[2]!, swapped[3]!];
    swapped[2] = { id: a.id, data: b.data };
    swapped[3] = { id: b.id, data: a.data };
    expect(check(swapped, 5)).toMatchObject({ reordered: 1 });
    const repeated = wholeRun();
    repeated[2] = { id: repeated[2]!.id, data: repeated[1]!.data };
    expect(check(repeated, 5)).toMatchObject({ lost: 1, repeated: 1 });
  });

  it("finds a token that was never sent, which stands for none that was", () => {
    const invented = wholeRun();
    invented[5] = { id: invented[5]!.id, data: { type: "text-delta", id: "0", delta: "w7 the " } };
    expect(check(invented, 5)).toMatchObject({ lost: 1, repeated: 1 });
  });

  it.each([
    ["where another one is lost", [9, 11, 12], { received: 3, lost: 1, repeated: 1, reordered: 0 }],
    ["where none is lost", [9, 10, 11, 12], { received: 4, lost: 0, repeated: 1, reordered: 0 }],
    ["where it comes late", [10, 9, 11, 12], { received: 4, lost: 0, repeated: 1, reordered: 0 }],
    ["where the end is lost", [8, 9, 10, 11], { received: 4, lost: 1, repeated: 2, reordered: 0 }],
  ])("counts what a reader that resumed had before as repeated, %s", (_what, seqs, counts) => {
    const checker = new IntegrityChecker(10);
    for (const seq of seqs) {
      checker.see({ id: `e.${seq}`, data: seq === 12 ? wholeRun().at(-1)!.data : { type: "text-delta", id: "0", delta: "x" } });
    }
    expect(checker.result()).toEqual({ expected: 3, ...counts });
  });

  it("counts an event from another log", () => {
    const events = wholeRun();
    events.splice(2, 0, { id: "other.1", data: { type: "start" } });
    expect(check(events, 5)).toMatchObject({ repeated: 1 });
  });

  it("adds up runs", () => {
    expect(addUp([check(wholeRun(), 5), check(wholeRun().slice(1), 5)])).toEqual({
      expected: 14,
      received: 13,
      lost: 1,
      repeated: 0,
      reordered: 0,
    });
  });
});
