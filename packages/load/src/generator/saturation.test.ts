import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Told } from "../../test/told.ts";
import { generatorName } from "../metrics/metric-list.ts";
import { Saturation } from "./saturation.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A generator whose timers come by a clock of their own. */
function generator(): {
  saturation: Saturation;
  delays: () => readonly number[];
  said: string[];
  ticks: (count: number, lateMs?: number) => void;
} {
  const told = new Told();
  const said: string[] = [];
  const clock = { ms: 0 };
  const saturation = new Saturation(
    told.events,
    (sentence) => said.push(sentence),
    () => clock.ms,
  );
  return {
    saturation,
    said,
    delays: () => told.samples.get(generatorName("generator_delay_ms")) ?? [],
    ticks(count, lateMs = 0) {
      for (let n = 0; n < count; n++) {
        clock.ms += 20 + lateMs;
        vi.advanceTimersByTime(20);
      }
    },
  };
}

describe("the delay of a generator's event loop", () => {
  it("is told each second of the clock, also where ticks are late", () => {
    const { saturation, delays, ticks } = generator();
    saturation.enter();
    ticks(50);
    expect(delays()).toEqual([0]);
    // Ten ticks of 100 ms are a second, and so are two of half a second.
    ticks(10, 80);
    ticks(2, 480);
    expect(delays()).toEqual([0, 80, 480]);
    ticks(1, 300);
    saturation.leave();
    expect(delays()).toEqual([0, 80, 480, 300]);
  });

  it("is warned of once, from 100 ms on", () => {
    const { saturation, said, ticks } = generator();
    saturation.enter();
    ticks(10, 80);
    expect(said).toEqual([]);
    ticks(5, 200);
    ticks(5, 300);
    expect(said).toEqual([expect.stringMatching(/^The load generator was late by 200 ms\./)]);
  });
});
