import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LaneRecord } from "./record.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

it("counts the first token from the question, and from nothing where the lane came later", () => {
  for (const [asked, firstTokenMs] of [
    [true, 300],
    [false, undefined],
  ] as const) {
    const record = new LaneRecord(asked);
    vi.advanceTimersByTime(300);
    record.text(5);
    expect(record.firstTokenMs).toBe(firstTokenMs);
  }
});

it("counts a client's bytes from the run's beginning to its end", () => {
  const carried = { up: 10, down: 1_000 };
  const record = new LaneRecord(true, carried);
  carried.down += 50;
  carried.up += 5;
  expect(record.bytes).toEqual({ up: 5, down: 50 });
  record.state({ to: "ended" });
  carried.down += 7; // A heartbeat on a connection that stays.
  expect(record.bytes).toEqual({ up: 5, down: 50 });
});

it("ends once: when the run does, or when it is let go", () => {
  const record = new LaneRecord(true);
  vi.advanceTimersByTime(100);
  record.end();
  vi.advanceTimersByTime(100);
  record.end();
  record.fault("cut");
  expect(record).toMatchObject({ endedMs: 100, faults: [] });
});
