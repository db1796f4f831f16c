import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

/** Longer than the pace waits between two probes. */
const PROBE_MS = 50;

/** A probe that does not come back: a clock that hides the lateness, or an agent that died. */
const never = (): void => undefined;

/** The window that an isolate comes to in which so many runs write as often as they may. */
function settled(runs: number, everyMs: number): number {
  let now = 0;
  const pace = new Pace(() => now, never);
  const due = Array.from({ length: runs }, (_, run) => (run * everyMs) / runs);
  for (; now < 3_000; now++) {
    for (let run = 0; run < runs; run++) {
      if (now < (due[run] ?? 0)) continue;
      pace.count(`run ${run}`);
      due[run] = now + Math.max(everyMs, pace.windowMs());
    }
  }
  return pace.windowMs();
}

describe("the pace of an isolate", () => {
  it("does not delay a single run at the speed of any model that people read", () => {
    expect(settled(1, 20)).toBe(2);
    expect(settled(1, 5)).toBe(2);
  });

  it("does not delay ten runs at 30 tokens a second each", () => {
    expect(settled(10, 33)).toBe(2);
  });

  it("makes a hundred such runs write fewer and longer pieces, and never waits longer than its bound", () => {
    const window = settled(100, 33);
    expect(window).toBeGreaterThan(33);
    expect(settled(1_000, 33)).toBeLessThanOrEqual(150);
    expect(settled(1_000, 33)).toBeGreaterThanOrEqual(window);
  });

  it("recovers after a quiet second", () => {
    let now = 0;
    const pace = new Pace(() => now, never);
    for (; now < 1_000; now++) for (let piece = 0; piece < 3; piece++) pace.count(`run ${now % 50}`);
    expect(pace.windowMs()).toBeGreaterThan(50);
    now += 1_000;
    expect(pace.windowMs()).toBe(2);
  });

  it("lengthens the window of an isolate that falls behind, whatever the rate, up to its bound", () => {
    let now = 0;
    let probe = never;
    const pace = new Pace(
      () => now,
      (task) => (probe = task),
    );
    const late = (ms: number): number => {
      for (let piece = 0; piece < 40; piece++) {
        now += 5;
        pace.count(`run ${piece}`);
      }
      now += PROBE_MS;
      pace.count("run 0");
      now += ms;
      probe();
      return pace.windowMs();
    };
    expect(late(1)).toBe(2);
    expect(late(60)).toBeGreaterThan(40);
    expect(late(150)).toBe(2 + 39 * 5);
    now += 2_000;
    expect(late(1)).toBeLessThan(100);
  });

  it("does not delay a single run after one slow moment", () => {
    let now = 0;
    const pace = new Pace(
      () => now,
      (task) => {
        now += 300;
        task();
      },
    );
    for (let piece = 0; piece < 10; piece++) pace.count("the only one");
    expect(pace.windowMs()).toBe(2);
  });

  it("sets no timer for a run that is alone, and one for two that write", () => {
    let now = 0;
    let timers = 0;
    const pace = new Pace(
      () => now,
      () => (timers += 1),
    );
    for (; now < 5_000; now += 20) pace.count("the only one");
    expect(timers).toBe(0);
    pace.count("another one");
    pace.count("the only one");
    expect(timers).toBe(1);
  });

  it("tolerates a clock that is set back", () => {
    let now = 1_000_000;
    const pace = new Pace(() => now, never);
    pace.count("run");
    now = 0;
    expect(pace.windowMs()).toBe(2);
    pace.count("run");
    expect(pace.windowMs()).toBe(2);
  });
});
