import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Waker } from "./waker.ts";

/** An object's alarm: it is gone once its time has come. */
class Alarm {
  time: number | null = null;
  sets = 0;
  looks = 0;
  readonly rang: number[] = [];

  getAlarm(): Promise<number | null> {
    this.looks += 1;
    if (this.time !== null && this.time <= Date.now()) {
      this.rang.push(this.time);
      this.time = null;
    }
    return Promise.resolve(this.time);
  }

  setAlarm(time: number): Promise<void> {
    this.sets += 1;
    this.time = time;
    return Promise.resolve();
  }
}

const fails = (error: unknown): never => {
  throw error;
};

/** How often it is looked at in this time. Timers are not counted: what another file has left may set some. */
async function looksIn(alarm: Alarm, ms: number): Promise<number> {
  const before = alarm.looks;
  await vi.advanceTimersByTimeAsync(ms);
  return alarm.looks - before;
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

it("the alarm is never further away than five seconds while a run is alive, and never comes", async () => {
  const alarm = new Alarm();
  const release = new Waker(alarm, fails).hold();
  for (let ms = 0; ms < 60_000; ms += 100) {
    await vi.advanceTimersByTimeAsync(100);
    const left = (alarm.time ?? Infinity) - Date.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(5_000);
  }
  expect(alarm.rang).toEqual([]);
  release();
  const { sets } = alarm;
  expect(sets).toBeLessThanOrEqual(15);
  expect([await looksIn(alarm, 60_000), alarm.sets]).toEqual([0, sets]);
});

it("runs share it, and the last one lets go of it, once", async () => {
  const alarm = new Alarm();
  const waker = new Waker(alarm, fails);
  const releases = [waker.hold(), waker.hold()];
  await vi.advanceTimersByTimeAsync(10_000);
  expect(alarm.sets).toBeLessThanOrEqual(3);
  releases[0]!();
  releases[0]!();
  expect(await looksIn(alarm, 10_000)).toBe(20);
  releases[1]!();
  expect(await looksIn(alarm, 10_000)).toBe(0);
});

it("runs that follow one another at once are watched once", async () => {
  const alarm = new Alarm();
  const waker = new Waker(alarm, fails);
  let release = waker.hold();
  for (let run = 0; run < 50; run++) {
    release();
    release = waker.hold();
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await looksIn(alarm, 10_000)).toBe(20);
  release();
  expect(await looksIn(alarm, 10_000)).toBe(0);
});

it("what the SDK set for an earlier time comes when it is due, and what it set for a later one is not lost", async () => {
  const alarm = new Alarm();
  alarm.time = 3_000;
  const release = new Waker(alarm, fails).hold();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(alarm.time).toBe(3_000);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(alarm.rang).toEqual([3_000]);
  // The SDK's handler sets the next.
  alarm.time = 12_000;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(alarm.rang).toEqual([3_000, 12_000]);
  release();
});

it("what the SDK sets for later while a run is alive does not stand for a second", async () => {
  const alarm = new Alarm();
  const release = new Waker(alarm, fails).hold();
  for (const at of [100, 5_000, 9_000]) {
    await vi.advanceTimersByTimeAsync(at - Date.now());
    alarm.time = at + 30_000;
    await vi.advanceTimersByTimeAsync(600);
    expect((alarm.time ?? Infinity) - Date.now()).toBeLessThan(5_000);
  }
  release();
});

it("a storage that fails is told once, and is asked again later", async () => {
  const told: unknown[] = [];
  const alarm = new Alarm();
  vi.spyOn(alarm, "setAlarm").mockRejectedValueOnce(new Error("overloaded")).mockRejectedValueOnce(new Error("overloaded"));
  const waker = new Waker(alarm, (error) => told.push(error));
  const release = waker.hold();
  await vi.advanceTimersByTimeAsync(61_000);
  expect(told).toHaveLength(1);
  expect(alarm.time).not.toBeNull();
  release();
});
