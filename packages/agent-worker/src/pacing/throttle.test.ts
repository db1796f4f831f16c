import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Throttle } from "./throttle.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Passes on the letters that it is given, and says when. */
function collecting(windowMs: () => number): {
  readonly add: (letter: string) => void;
  readonly passed: string[];
  readonly throttle: Throttle;
} {
  let waiting = "";
  const passed: string[] = [];
  const began = Date.now();
  const pass = (): void => {
    throttle.passed();
    passed.push(`${waiting} at ${Date.now() - began}`);
    waiting = "";
  };
  const throttle = new Throttle(windowMs, pass);
  return {
    add(letter) {
      waiting += letter;
      if (throttle.due()) pass();
    },
    passed,
    throttle,
  };
}

describe("first at once, then collect", () => {
  it("passes on the first at once, and those within the window together at its end", () => {
    const { add, passed } = collecting(() => 10);
    add("a");
    vi.advanceTimersByTime(3);
    add("b");
    vi.advanceTimersByTime(3);
    add("c");
    expect(passed).toEqual(["a at 0"]);
    vi.advanceTimersByTime(4);
    expect(passed).toEqual(["a at 0", "bc at 10"]);
    // A window opens at each passing on, also at one that had waited.
    add("d");
    vi.advanceTimersByTime(10);
    expect(passed).toEqual(["a at 0", "bc at 10", "d at 20"]);
  });

  it("passes on at once again after an empty window, which needs no timer", () => {
    const { add, passed } = collecting(() => 10);
    add("a");
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10);
    add("b");
    expect(passed).toEqual(["a at 0", "b at 10"]);
  });

  it("asks for the window's length when it opens", () => {
    let windowMs = 10;
    const { add, passed } = collecting(() => windowMs);
    add("a");
    windowMs = 30;
    add("b");
    vi.advanceTimersByTime(10);
    add("c");
    vi.advanceTimersByTime(29);
    expect(passed).toEqual(["a at 0", "b at 10"]);
    vi.advanceTimersByTime(1);
    expect(passed).toEqual(["a at 0", "b at 10", "c at 40"]);
  });

  it("does not lengthen a window when the clock is set back or stands still", () => {
    const { add, passed } = collecting(() => 10);
    add("a");
    vi.setSystemTime(Date.now() - 3_600_000);
    add("b");
    vi.setSystemTime(Date.now() - 10);
    vi.advanceTimersByTime(10);
    expect(passed).toHaveLength(2);
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now());
    add("c");
    vi.advanceTimersByTime(10);
    clock.mockRestore();
    expect(passed).toHaveLength(3);
  });

  it("makes no call once it is stopped, and works again for later items", () => {
    const { add, passed, throttle } = collecting(() => 10);
    add("a");
    add("b");
    throttle.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(5);
    add("c");
    vi.advanceTimersByTime(5);
    expect(passed).toEqual(["a at 0", "bc at 10"]);
  });
});
