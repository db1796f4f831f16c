import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SilenceTimeout } from "./silence-timeout.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("ends a model that is silent, counted from the request", () => {
  const silence = new SilenceTimeout(1_000);
  silence.start();
  vi.advanceTimersByTime(999);
  expect(silence.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(silence.signal.reason).toMatchObject({ name: "TimeoutError" });
});

it("restarts its count at each word, with one timer", () => {
  const silence = new SilenceTimeout(1_000);
  silence.start();
  for (let n = 0; n < 50; n++) {
    vi.advanceTimersByTime(900);
    silence.restart();
    expect(vi.getTimerCount()).toBe(1);
  }
  expect(silence.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1_001);
  expect(silence.signal.aborted).toBe(true);
});

it("does not count a tool's time, and leaves no timer that would keep the agent awake", () => {
  const silence = new SilenceTimeout(1_000);
  silence.start();
  silence.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60_000);
  silence.start();
  vi.advanceTimersByTime(500);
  expect(silence.signal.aborted).toBe(false);
  silence.stop();
});

it.each([
  ["back by an hour", -3_600_000],
  ["forward by an hour", 3_600_000],
])("ends a model that falls silent, and none that speaks, where the clock is set %s", (_how, byMs) => {
  const silence = new SilenceTimeout(1_000);
  silence.start();
  vi.advanceTimersByTime(500);
  silence.restart();
  vi.setSystemTime(Date.now() + byMs);
  for (let n = 0; n < 10; n++) {
    vi.advanceTimersByTime(600);
    expect(silence.signal.aborted).toBe(false);
    silence.restart();
  }
  vi.advanceTimersByTime(2_000);
  expect(silence.signal.aborted).toBe(true);
});

it("ends no model that was just asked where the clock jumps ahead", () => {
  const silence = new SilenceTimeout(1_000);
  silence.start();
  vi.setSystemTime(Date.now() + 86_400_000);
  // workerd waits by that clock: what is waited for comes at once.
  vi.advanceTimersToNextTimer();
  expect(silence.signal.aborted).toBe(false);
  vi.advanceTimersByTime(800);
  expect(silence.signal.aborted).toBe(false);
  vi.advanceTimersByTime(200);
  expect(silence.signal.aborted).toBe(true);
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a silence of %d ms, with which each run would fail", (ms) => {
  expect(() => new SilenceTimeout(ms)).toThrow("modelSilenceMs must be a number of milliseconds above 0.");
});
