import { describe, expect, it } from "vitest";
import { layersFor, readersAtMost, simulateFanOut } from "./fan-out.ts";

describe("readers of one object", () => {
  it("are bounded by memory, or by the thread", () => {
    const bounds = { bytes: 64e6, share: 0.5, eventsPerSecond: 8 };
    expect(readersAtMost({ bytes: 64_000, eventMs: 0.03 }, bounds)).toEqual({ byMemory: 1_000, byCpu: 2_083 });
  });
});

describe("layers", () => {
  it("are as few as carry the readers, and begin with one object", () => {
    expect(layersFor(1, 500)).toEqual([1]);
    expect(layersFor(500, 500)).toEqual([1]);
    expect(layersFor(501, 500)).toEqual([1, 2]);
    expect(layersFor(1_000_000, 500)).toEqual([1, 4, 2_000]);
    expect(layersFor(1_000_000, 1_000)).toEqual([1, 1_000]);
    expect(() => layersFor(10, 1)).toThrow(RangeError);
  });
});

describe("the way of an event", () => {
  const one = { layers: [1], readers: 1_000, eventMs: 0.03, everyMs: 120, hopMs: 10, events: 100 };

  it("takes, with time to spare, half of a round of writes at the median", () => {
    const late = simulateFanOut(one);
    expect(late.p50).toBeCloseTo(15, 0);
    expect(late.p99).toBeCloseTo(30, 0);
  });

  it("takes a round and a hop more for each layer", () => {
    const late = simulateFanOut({ ...one, layers: [1, 1_000], readers: 1_000_000 });
    expect(late.p50).toBeCloseTo(30 + 10 + 15, 0);
  });

  it("is later with each event where a round takes longer than the time between two", () => {
    const late = simulateFanOut({ ...one, readers: 5_000 });
    // 30 ms more for each of a hundred.
    expect(late.p99).toBeGreaterThan(2_900);
  });
});
