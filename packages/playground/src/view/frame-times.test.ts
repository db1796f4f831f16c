import { describe, expect, it } from "vitest";
import { FrameTimes } from "./frame-times.ts";

/** Of a display with 50 frames a second. */
const PERIOD_MS = 20;

/** Frames that took so many periods each, one after another. @returns when the last one was */
function draw(times: FrameTimes, periods: readonly number[], fromMs = 0): number {
  let atMs = fromMs;
  times.frame(atMs);
  for (const period of periods) times.frame((atMs += period * PERIOD_MS));
  return atMs;
}

const steady = (frames: number): number[] => Array.from({ length: frames }, () => 1);

describe("frames of a page", () => {
  it("were all drawn where each took the display's time, or a little more or less", () => {
    const times = new FrameTimes();
    draw(times, [...steady(90), 1.1, 0.9, ...steady(8)]);
    expect({ frames: times.frames, dropped: times.droppedShare }).toEqual({ frames: 100, dropped: 0 });
  });

  it("were dropped where one took as long as several", () => {
    const times = new FrameTimes();
    draw(times, [...steady(97), 4]);
    expect(times.droppedShare).toBeCloseTo(3 / 101, 10);
    expect(times.delayP99Ms).toBeCloseTo(60, 10);
  });

  it("are not dropped while the page is hidden", () => {
    const times = new FrameTimes();
    const hiddenAtMs = draw(times, steady(50));
    times.pause();
    draw(times, steady(50), hiddenAtMs + 600_000);
    expect({ frames: times.frames, dropped: times.droppedShare, delay: times.delayP99Ms }).toEqual({ frames: 100, dropped: 0, delay: 0 });
  });

  it("are all counted, however long it takes", () => {
    const times = new FrameTimes();
    draw(times, [...steady(9_998), 3, 3]);
    expect(times.frames).toBe(10_000);
    expect(times.droppedShare).toBeCloseTo(4 / 10_004, 10);
  });

  it("are counted anew after a while", () => {
    const times = new FrameTimes();
    draw(times, [...steady(10), 50]);
    times.clear();
    expect({ frames: times.frames, dropped: times.droppedShare, delay: times.delayP99Ms }).toEqual({ frames: 0, dropped: 0, delay: 0 });
  });
});
