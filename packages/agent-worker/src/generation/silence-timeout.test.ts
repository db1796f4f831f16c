import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Silence } from "./silence-timeout.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("ends a model that says nothing, from when it is asked", () => {
  const silence = new Silence(1_000);
  silence.begin();
  vi.advanceTimersByTime(999);
  expect(silence.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(silence.signal.reason).toMatchObject({ name: "TimeoutError" });
});

it("counts anew from each word, with one timer", () => {
  const silence = new Silence(1_000);
  silence.begin();
  for (let n = 0; n < 50; n++) {
    vi.advanceTimersByTime(900);
    silence.heard();
    expect(vi.getTimerCount()).toBe(1);
  }
  expect(silence.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1_001);
  expect(silence.signal.aborted).toBe(true);
});

it("does not count what tools take, and leaves no timer that would keep the agent awake", () => {
  const silence = new Silence(1_000);
  silence.begin();
  silence.end();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60_000);
  silence.begin();
  vi.advanceTimersByTime(500);
  expect(silence.signal.aborted).toBe(false);
  silence.end();
});
