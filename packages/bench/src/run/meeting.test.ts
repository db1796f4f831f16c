import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openMeeting, type Member } from "./meeting.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("blocks that run at once", () => {
  const PAUSE_MS = 47;
  const join = (size: number): Member[] => {
    const meeting = openMeeting({ pauseMs: PAUSE_MS, limitMs: 20_000 });
    return Array.from({ length: size }, () => meeting.join());
  };
  /** When each went on, in ms from now. */
  const meetings = (): { readonly wentOn: number[]; readonly meet: (member: Member | undefined) => void } => {
    const beganAt = Date.now();
    const wentOn: number[] = [];
    return { wentOn, meet: (member) => void member?.meet().then(() => wentOn.push(Date.now() - beganAt)) };
  };

  it("wait for the last of them, and go on one after another, as often as they meet", async () => {
    const members = join(3);
    for (let meeting = 0; meeting < 2; meeting++) {
      const { wentOn, meet } = meetings();
      members.slice(0, 2).forEach(meet);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(wentOn).toEqual([]);
      meet(members[2]);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(wentOn).toEqual([1_000, 1_000 + PAUSE_MS, 1_000 + 2 * PAUSE_MS]);
    }
  });

  it("do not wait for one that has ended", async () => {
    const [first, second, third] = join(3);
    const { wentOn, meet } = meetings();
    third?.leave();
    third?.leave();
    meet(first);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(wentOn).toEqual([]);
    second?.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(wentOn).toEqual([1_000]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("do not wait for ever for one that hangs, and meet it where it has got to", async () => {
    const [first, second] = join(2);
    const early = meetings();
    early.meet(first);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(early.wentOn).toEqual([20_000]);
    // The first is at the end of its block, and the other one at its beginning.
    const end = meetings();
    end.meet(first);
    const late = meetings();
    late.meet(second);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([late.wentOn, end.wentOn]).toEqual([[0], []]);
    late.meet(second);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([late.wentOn, end.wentOn]).toEqual([[0, 1_000 + PAUSE_MS], [1_000]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("go on when they have left", async () => {
    const [first, second] = join(2);
    const { wentOn, meet } = meetings();
    meet(first);
    first?.leave();
    meet(first);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(wentOn).toEqual([0, 0]);
    meet(second);
    await vi.advanceTimersByTimeAsync(0);
    expect(wentOn).toEqual([0, 0, 1_000]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("go on at once where each is alone", async () => {
    const [only] = join(1);
    const { wentOn, meet } = meetings();
    meet(only);
    await vi.advanceTimersByTimeAsync(0);
    expect(wentOn).toEqual([0]);
  });
});
