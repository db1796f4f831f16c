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
  it("passes the first on at once, and what comes within the window together at its end", () => {
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

  it("passes on at once again after a window with nothing in it, which costs no timer", () => {
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

  it("lengthens no window when the clock is set back, or stands still", () => {
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

  it("calls nobody once it is stopped, and is as it was for what comes then", () => {
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
