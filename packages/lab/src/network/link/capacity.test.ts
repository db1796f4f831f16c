import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinkQueue, type Transit } from "./link.ts";
import type { LinkPath } from "./path.ts";
import { parseTrace } from "./trace.ts";

const send = (path: LinkPath, times: readonly number[], bytes = 1_500): Transit[] => {
  const link = new LinkQueue(path, 1, 0);
  return times.map((now) => link.offer(bytes, now));
};
const departures = (transits: readonly Transit[]): number[] =>
  transits.filter(({ dropped }) => dropped === undefined).map(({ departsAt }) => departsAt);
const times = (count: number, gapMs: number): number[] => Array.from({ length: count }, (_, index) => index * gapMs);

describe("a rate", () => {
  it("sends a packet in its bits over the rate, one after another", () => {
    // 1,500 bytes at 1.2 Mbit/s are 10 ms.
    const path: LinkPath = { delayMs: 3, capacity: { bitsPerSecond: 1_200_000 }, queueBytes: 10_000 };
    const sent = send(path, [0, 1, 2, 100]);
    expect(sent.map(({ departsAt }) => departsAt)).toEqual([10, 20, 30, 110]);
    expect(sent.map(({ deliverAt }) => deliverAt)).toEqual([13, 23, 33, 113]);
  });

  it("carries as much as it says, and no more, of any flow that fills it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000, max: 50_000_000 }), fc.integer({ min: 1_500, max: 100_000 }), (bitsPerSecond, queueBytes) => {
        const path: LinkPath = { delayMs: 0, capacity: { bitsPerSecond }, queueBytes };
        const packetMs = 12_000_000 / bitsPerSecond;
        // Twice as much as it carries.
        const left = departures(send(path, times(400, packetMs / 2)));
        const [first = 0] = left;
        const tookMs = (left.at(-1) ?? 0) - first;
        expect(((left.length - 1) * 12_000_000) / tookMs).toBeCloseTo(bitsPerSecond, -2);
      }),
    );
  });

  it("drops what finds the queue full, and the packet that is being sent does not count as waiting", () => {
    const path: LinkPath = { delayMs: 0, capacity: { bitsPerSecond: 1_200_000 }, queueBytes: 3_000 };
    const link = new LinkQueue(path, 1, 0);
    const fates = [0, 0, 0, 0, 9.9, 10, 10].map((now) => link.offer(1_500, now).dropped);
    //         sent now, waits, waits, full, still full, one has left, full again
    expect(fates).toEqual([undefined, undefined, undefined, "queue", "queue", undefined, "queue"]);
    expect(link.counters).toMatchObject({
      offered: 7,
      delivered: 4,
      dropped: { queue: 3, loss: 0, blackout: 0 },
      queueHighWaterBytes: 3_000,
    });
  });
});

describe("a recorded link", () => {
  const path = (text: string, queueBytes = 1e9): LinkPath => ({ delayMs: 0, capacity: { trace: parseTrace(text, "made") }, queueBytes });

  it("delivers a packet at each opportunity after it came, and wastes those before", () => {
    // An opportunity in the very millisecond of the offer is gone, as in Mahimahi, which first lets the link go on and then takes the packet.
    expect(departures(send(path("5\n10\n20\n"), [0, 10, 12, 12]))).toEqual([5, 20, 25, 30]);
  });

  it("repeats itself from its last line on", () => {
    expect(departures(send(path("3\n7\n"), [0, 0, 0, 0, 0]))).toEqual([3, 7, 10, 14, 17]);
    expect(departures(send(path("0\n7\n"), [1, 1, 1, 1, 1]))).toEqual([7, 7, 14, 14, 21]);
  });

  it("begins where it is told to", () => {
    const from = (fromMs: number): LinkPath => ({
      delayMs: 0,
      capacity: { trace: parseTrace("3\n7\n20\n", "three"), fromMs },
      queueBytes: 1e9,
    });
    expect(departures(send(from(5), [0, 0, 0, 0]))).toEqual([2, 15, 18, 22]);
    const link = new LinkQueue(from(0), 1, 0);
    link.change(from(5), 100);
    expect(departures([link.offer(1_500, 100), link.offer(1_500, 100)])).toEqual([102, 115]);
  });

  it("keeps its phase over a long silence of the sender", () => {
    expect(departures(send(path("3\n7\n"), [0, 700_000]))).toEqual([3, 700_003]);
    expect(departures(send(path("3\n7\n"), [0, 700_003.5]))).toEqual([3, 700_007]);
  });

  it("carries several small packets by one opportunity, and a part of one that does not fit", () => {
    // 4 bytes of TUN's header count with each, as in Mahimahi: 1,504 are two of 748, or one of 1,000 and 496 of the next.
    expect(departures(send(path("5\n10\n"), [0, 0, 0], 748))).toEqual([5, 5, 10]);
    expect(departures(send(path("5\n10\n"), [0, 0, 0], 1_000))).toEqual([5, 10, 15]);
    // What an opportunity has left over is nothing to a packet that comes after it.
    expect(departures(send(path("5\n10\n"), [0, 6], 100))).toEqual([5, 10]);
  });

  it("carries as many full packets as it has lines, in each repetition, as Mahimahi's own loop does", () => {
    const lines = fc
      .array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 })
      .map((values) => values.toSorted((a, b) => a - b))
      .filter((values) => (values.at(-1) ?? 0) > 0);
    const offers = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 20, max: 1_500 })), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(lines, offers, (atMs, gaps) => {
        let now = 0;
        const packets = gaps.map(([gap, bytes]) => ({ at: (now += gap), bytes }));
        const link = new LinkQueue(path(atMs.join("\n")), 1, 0);
        const ours = packets.map(({ at, bytes }) => link.offer(bytes, at).departsAt);
        expect(ours).toEqual(mahimahi(atMs, packets));
      }),
    );
  });
});

/** `LinkQueue` of Mahimahi told again, an opportunity at a time: packets with their times of arrival → their times of departure. */
function mahimahi(schedule: readonly number[], packets: readonly { readonly at: number; readonly bytes: number }[]): number[] {
  const departed: number[] = [];
  const queue: number[] = [];
  let [arrived, next, base, inTransit] = [0, 0, 0, 0];
  while (departed.length < packets.length) {
    const opportunity = (schedule[next] ?? 0) + base;
    for (let packet = packets[arrived]; packet !== undefined && packet.at < opportunity; packet = packets[++arrived])
      queue.push(packet.bytes + 4);
    next = (next + 1) % schedule.length;
    if (next === 0) base += schedule.at(-1) ?? 0;
    for (let left = 1_504; left > 0;) {
      if (inTransit === 0) {
        const first = queue.shift();
        if (first === undefined) break;
        inTransit = first;
      }
      const sent = Math.min(left, inTransit);
      inTransit -= sent;
      left -= sent;
      if (inTransit === 0) departed.push(opportunity);
    }
  }
  return departed;
}
