import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinkQueue } from "./link.ts";
import type { LinkPath } from "./path.ts";

const rate = { bitsPerSecond: 1_200_000 }; // 1,500 bytes take 10 ms.

describe("a blackout of the profile", () => {
  it("drops what leaves in it, and nothing before or after, in each repetition", () => {
    const path: LinkPath = { delayMs: 5, blackouts: { packets: "dropped", windows: [{ fromMs: 100, toMs: 200 }], everyMs: 1_000 } };
    const link = new LinkQueue(path, 1, 50);
    const fates = [60, 149, 150, 249, 250, 1_149, 1_150, 1_249, 1_250].map((now) => link.offer(100, now).dropped);
    expect(fates).toEqual([undefined, undefined, "blackout", "blackout", undefined, undefined, "blackout", "blackout", undefined]);
  });

  it("holds what waits until it is over, and drops what finds the queue full", () => {
    const path: LinkPath = { delayMs: 5, queueBytes: 250, blackouts: { packets: "held", windows: [{ fromMs: 100, toMs: 200 }] } };
    const link = new LinkQueue(path, 1, 0);
    const sent = [99, 100, 150, 160, 200].map((now) => link.offer(100, now));
    expect(sent.map(({ deliverAt, dropped }) => dropped ?? deliverAt)).toEqual([104, 205, 205, "queue", 205]);
    expect(link.counters.queueHighWaterBytes).toBe(200);
  });

  it("interrupts the packet that is being sent, where it holds", () => {
    const path: LinkPath = {
      delayMs: 0,
      capacity: rate,
      queueBytes: 9_000,
      blackouts: { packets: "held", windows: [{ fromMs: 14, toMs: 114 }] },
    };
    const link = new LinkQueue(path, 1, 0);
    expect([0, 0, 0].map((now) => link.offer(1_500, now).departsAt)).toEqual([10, 120, 130]);
  });

  it("passes a recording's opportunities by", () => {
    const trace = { name: "made", atMs: [10], periodMs: 10 };
    const path: LinkPath = {
      delayMs: 0,
      capacity: { trace },
      queueBytes: 9_000,
      blackouts: { packets: "held", windows: [{ fromMs: 20, toMs: 50 }] },
    };
    const link = new LinkQueue(path, 1, 0);
    expect([0, 0, 0].map((now) => link.offer(1_500, now).departsAt)).toEqual([10, 50, 60]);
  });
});

describe("a blackout that is made", () => {
  it("drops what comes in it, says when it is, and is over by itself", () => {
    const link = new LinkQueue({ delayMs: 100 }, 1, 0);
    const before = link.offer(1_500, 11);
    expect(link.blackout("dropped", 15, 12)).toEqual({ fromMs: 12, toMs: 27 });
    const fates = [12, 26, 27].map((now) => link.offer(1_500, now).dropped);
    // What was under way arrives, although nothing gets through when it does.
    expect([before.deliverAt, before.dropped, ...fates]).toEqual([111, undefined, "blackout", "blackout", undefined]);
  });

  it("takes what waits in the queue with it", () => {
    const link = new LinkQueue({ delayMs: 100, capacity: rate, queueBytes: 9_000 }, 1, 0);
    const sent = [0, 0, 0, 0, 0].map((now) => link.offer(1_500, now));
    expect(sent.map(({ departsAt }) => departsAt)).toEqual([10, 20, 30, 40, 50]);
    link.blackout("dropped", 20, 15);
    expect(sent.map(({ dropped }) => dropped)).toEqual([undefined, undefined, "blackout", undefined, undefined]);
    expect(link.counters).toMatchObject({ offered: 5, delivered: 4, dropped: { blackout: 1 } });
  });

  it("holds what waits in the queue, and its order stays", () => {
    const link = new LinkQueue({ delayMs: 100, capacity: rate, queueBytes: 9_000, jitter: { upToMs: 30, inOrder: true } }, 1, 0);
    const sent = [0, 0, 0, 0, 0].map((now) => link.offer(1_500, now));
    const before = sent.map(({ deliverAt }) => deliverAt);
    link.blackout("held", 200, 15);
    expect(sent.map(({ departsAt }) => departsAt)).toEqual([10, 20, 225, 235, 245]);
    expect(sent.slice(0, 2).map(({ deliverAt }) => deliverAt)).toEqual(before.slice(0, 2));
    const after = sent.map(({ deliverAt }) => deliverAt);
    expect(after.toSorted((a, b) => a - b)).toEqual(after);
    expect(link.counters).toMatchObject({ offered: 5, delivered: 5, deliveredBytes: 7_500 });
  });

  it("counts each packet once, however many blackouts there are, and none is delivered in one that drops", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("offer" as const), gapMs: fc.integer({ min: 0, max: 10 }) }),
      fc.record({
        do: fc.constantFrom("dropped" as const, "held" as const),
        gapMs: fc.integer({ min: 0, max: 10 }),
        lengthMs: fc.integer({ min: 1, max: 80 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const link = new LinkQueue({ delayMs: 7, capacity: rate, queueBytes: 20_000 }, 1, 0);
        const sent = [];
        const dark: { fromMs: number; toMs: number }[] = [];
        let now = 0;
        for (const one of steps) {
          now += one.gapMs;
          if (one.do === "offer") sent.push(link.offer(1_500, now));
          else if (one.do === "held") link.blackout("held", one.lengthMs, now);
          else dark.push(link.blackout("dropped", one.lengthMs, now));
        }
        const there = sent.filter(({ dropped }) => dropped === undefined);
        const { offered, delivered, dropped } = link.counters;
        expect(offered).toBe(sent.length);
        expect(delivered).toBe(there.length);
        expect(delivered + dropped.queue + dropped.blackout + dropped.loss).toBe(offered);
        const startOf = (departsAt: number): number => departsAt - 10;
        for (const { departsAt } of there) {
          // One that had begun to leave when a blackout was made is spared.
          expect(dark.filter(({ fromMs, toMs }) => startOf(departsAt) > fromMs && departsAt < toMs)).toEqual([]);
        }
      }),
    );
  });
});

describe("another profile", () => {
  it("holds from now on, and what has been let in keeps its time and its place", () => {
    const link = new LinkQueue({ delayMs: 100, capacity: rate, queueBytes: 9_000 }, 1, 0);
    const [first, second] = [0, 0].map((now) => link.offer(1_500, now));
    link.change({ delayMs: 1 }, 5);
    const third = link.offer(1_500, 6);
    expect([first, second, third].map((one) => one?.deliverAt)).toEqual([110, 120, 120]);
    expect(link.offer(1_500, 130).deliverAt).toBe(131);
  });

  it("begins its recording anew, also for what a later blackout moves", () => {
    const traceOf = (...atMs: number[]): LinkPath => ({
      delayMs: 0,
      capacity: { trace: { name: "made", atMs, periodMs: atMs.at(-1) ?? 0 } },
      queueBytes: 90_000,
    });
    const link = new LinkQueue(traceOf(10), 1, 0);
    const before = [0, 0, 0].map((now) => link.offer(1_500, now));
    link.change(traceOf(4, 7), 12);
    const after = [12, 12].map((now) => link.offer(1_500, now));
    expect([...before, ...after].map(({ departsAt }) => departsAt)).toEqual([10, 20, 30, 30, 33]);
    link.blackout("held", 20, 13);
    expect([...before, ...after].map(({ departsAt }) => departsAt)).toEqual([10, 40, 50, 51, 54]);
  });
});
