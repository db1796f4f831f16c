import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DeltaThrottle } from "./delta-throttle.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Pieces of a text, and others, as they come; what goes on together, and when. */
function collecting(): { readonly add: (what: "delta" | "other") => void; readonly passed: string[] } {
  const passed: string[] = [];
  let waiting: ("delta" | "other")[] = [];
  const pass = (): void => {
    throttle.passed(waiting.includes("delta"));
    passed.push(`${Date.now()} ${waiting.join("+")}`);
    waiting = [];
  };
  const throttle = new DeltaThrottle({ soon: () => 2, deltas: () => 125 }, pass, 0.8);
  return {
    passed,
    add(what) {
      waiting.push(what);
      if (throttle.due(!waiting.includes("other"))) pass();
    },
  };
}

it("the first piece of a text goes on at once, and the next wait together for their window", () => {
  const { add, passed } = collecting();
  add("delta");
  for (let piece = 0; piece < 3; piece++) {
    vi.advanceTimersByTime(20);
    add("delta");
  }
  vi.advanceTimersByTime(1_000);
  add("delta");
  expect(passed).toEqual(["0 delta", "125 delta+delta+delta", "1060 delta"]);
});

it("a piece that comes when four fifths of the window are over goes on at once, with those that wait", () => {
  const { add, passed } = collecting();
  for (let piece = 0; piece < 11; piece++) {
    add("delta");
    vi.advanceTimersByTime(20);
  }
  expect(passed).toEqual(["0 delta", "100 delta+delta+delta+delta+delta", "200 delta+delta+delta+delta+delta"]);
});

it("anything else goes on within the short window, with the pieces that came before it", () => {
  const { add, passed } = collecting();
  add("delta");
  vi.advanceTimersByTime(20);
  add("delta");
  vi.advanceTimersByTime(20);
  add("other");
  add("other");
  vi.advanceTimersByTime(1_000);
  expect(passed).toEqual(["0 delta", "40 delta+other", "42 other"]);
});

it("the first piece does not wait behind anything else than pieces", () => {
  const { add, passed } = collecting();
  add("other");
  vi.advanceTimersByTime(5);
  add("delta");
  expect(passed).toEqual(["0 other", "5 delta"]);
});

it("leaves no timer where it is stopped", () => {
  const throttle = new DeltaThrottle({ soon: () => 2, deltas: () => 125 }, () => undefined, 0.8);
  throttle.passed(true);
  throttle.due(true);
  throttle.due(false);
  throttle.stop();
  expect(vi.getTimerCount()).toBe(0);
});
