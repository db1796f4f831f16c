import { describe, expect, it } from "vitest";
import { deviationsIn, ReceivedEvents } from "./received-events.ts";

describe("the received events", () => {
  it.each([
    ["nothing", [], { lost: 0, repeated: 0, reordered: 0 }],
    ["all, from any start", [7, 8, 9], { lost: 0, repeated: 0, reordered: 0 }],
    ["a gap", [1, 2, 6, 7], { lost: 3, repeated: 0, reordered: 0 }],
    ["a repeated part", [1, 2, 3, 2, 3, 4], { lost: 0, repeated: 2, reordered: 0 }],
    ["one late", [1, 3, 2, 4], { lost: 0, repeated: 0, reordered: 1 }],
    ["everything again after a gap", [1, 2, 5, 1, 2, 5], { lost: 2, repeated: 3, reordered: 0 }],
  ])("counts faults: %s", (_what, seqs, faults) => {
    expect(deviationsIn(seqs)).toEqual(faults);
  });

  it("finds the first event after a number, received or still to come, and reports when none comes in time", async () => {
    const received = new ReceivedEvents();
    received.see(" w4");
    received.see(" w5");
    const before = performance.now();
    expect(await received.firstAfter(4, 1_000)).toBeLessThanOrEqual(before);
    const next = received.firstAfter(5, 1_000);
    received.see(" w5");
    const between = performance.now();
    received.see(" w6");
    expect(await next).toBeGreaterThanOrEqual(between);
    expect(await received.firstAfter(6, 1)).toBeUndefined();
    expect(received.deviations).toEqual({ lost: 0, repeated: 1, reordered: 0 });
  });
});
