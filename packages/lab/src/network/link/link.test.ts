import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinkError } from "./errors.ts";
import { LinkQueue, type Transit } from "./link.ts";
import type { LinkPath } from "./path.ts";
import { parseTrace } from "./trace.ts";

/** Spread over the whole range: most of `fc.double`'s numbers are next to 0, because it takes as many of each exponent. */
const upTo = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 1_000 }).map((of) => (most * of) / 1_000);

/** Packets of a flow: how long after the one before, and how large. */
const flow = fc.array(fc.record({ gapMs: upTo(20), bytes: fc.integer({ min: 40, max: 1_500 }) }), {
  minLength: 1,
  maxLength: 300,
});
type Flow = readonly { readonly gapMs: number; readonly bytes: number }[];

const seed = fc.integer();
const jitter = fc.record({ upToMs: upTo(50), inOrder: fc.constant(true) });
const loss = fc.oneof(
  fc.record({ kind: fc.constant("independent" as const), share: upTo(1) }),
  fc.record({
    kind: fc.constant("bursts" as const),
    enter: upTo(1),
    leave: upTo(1),
    lossInGood: upTo(1),
    lossInBad: upTo(1),
  }),
  fc.record({
    kind: fc.constant("fades" as const),
    share: upTo(1),
    meanMs: fc.integer({ min: 1, max: 1_000 }),
  }),
);
const trace = fc
  .array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 40 })
  .map((times) => times.toSorted((a, b) => a - b))
  .filter((times) => (times.at(-1) ?? 0) > 0)
  .map((atMs) => ({ name: "made", atMs, periodMs: atMs.at(-1) ?? 0 }));
const capacity = fc.oneof(
  fc.constant(undefined),
  fc.record({ bitsPerSecond: fc.integer({ min: 10_000, max: 100_000_000 }) }),
  fc.record({ trace }),
);
const blackouts = fc.record({
  packets: fc.constantFrom("dropped" as const, "held" as const),
  windows: fc.constantFrom(
    [{ fromMs: 10, toMs: 60 }],
    [
      { fromMs: 0, toMs: 5 },
      { fromMs: 100, toMs: 180 },
    ],
  ),
  everyMs: fc.constantFrom(200, 1_000),
});
/** Any link whose packets stay in order. */
const anyPath: fc.Arbitrary<LinkPath> = fc
  .record(
    {
      delayMs: upTo(500),
      queueBytes: fc.integer({ min: 0, max: 50_000 }),
      jitter,
      loss,
      capacity,
      blackouts,
    },
    { requiredKeys: ["delayMs", "queueBytes"] },
  )
  .map(({ capacity, ...rest }) => (capacity === undefined ? rest : { ...rest, capacity }));

function send(link: LinkQueue, packets: Flow, startMs = 0): Transit[] {
  let now = startMs;
  return packets.map(({ gapMs, bytes }) => link.offer(bytes, (now += gapMs)));
}

const arrived = (transits: readonly Transit[]): Transit[] => transits.filter(({ dropped }) => dropped === undefined);
const many = (count: number, gapMs: number, bytes = 1_500): Flow => Array.from({ length: count }, () => ({ gapMs, bytes }));

describe("any link", () => {
  it("delivers in the order of the offers, none before its delay, and counts each packet once", () => {
    fc.assert(
      fc.property(anyPath, seed, flow, (path, seed, packets) => {
        const link = new LinkQueue(path, seed, 0);
        const transits = send(link, packets);
        const there = arrived(transits);
        for (const [index, { offeredAt, departsAt, deliverAt }] of there.entries()) {
          expect(departsAt).toBeGreaterThanOrEqual(offeredAt);
          expect(deliverAt).toBeGreaterThanOrEqual(departsAt + path.delayMs);
          expect(deliverAt).toBeGreaterThanOrEqual(there[index - 1]?.deliverAt ?? 0);
        }
        const { offered, offeredBytes, delivered, deliveredBytes, dropped, queueHighWaterBytes } = link.counters;
        expect(offered).toBe(packets.length);
        expect(offeredBytes).toBe(packets.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(delivered).toBe(there.length);
        expect(deliveredBytes).toBe(there.reduce((sum, { bytes }) => sum + bytes, 0));
        for (const reason of ["loss", "queue", "blackout"] as const) {
          expect(dropped[reason]).toBe(transits.filter((one) => one.dropped === reason).length);
        }
        expect(queueHighWaterBytes).toBeLessThanOrEqual(path.queueBytes ?? Infinity);
      }),
    );
  });

  it("does the same again for the same packets, times and seed", () => {
    fc.assert(
      fc.property(anyPath, seed, flow, (path, seed, packets) => {
        const once = (): unknown[] =>
          send(new LinkQueue(path, seed, 0), packets).map(({ departsAt, deliverAt, dropped }) => ({ departsAt, deliverAt, dropped }));
        expect(once()).toEqual(once());
      }),
    );
  });

  it("does the same whenever it starts", () => {
    fc.assert(
      fc.property(loss, jitter, seed, flow, fc.integer({ min: 0, max: 1_000_000 }), (loss, jitter, seed, packets, startMs) => {
        const path: LinkPath = { delayMs: 30, loss, jitter, capacity: { bitsPerSecond: 1_000_000 }, queueBytes: 1e9 };
        const relative = (from: number): unknown[] =>
          send(new LinkQueue(path, seed, from), packets, from).map(({ deliverAt, dropped }) => [dropped, (deliverAt - from).toFixed(3)]);
        expect(relative(startMs)).toEqual(relative(0));
      }),
    );
  });

  it("never sends before the queue's last packet has left, and never lets more wait than the queue holds", () => {
    fc.assert(
      fc.property(anyPath, seed, flow, (path, seed, packets) => {
        const transits = send(new LinkQueue(path, seed, 0), packets).filter(({ dropped }) => dropped !== "queue");
        for (const [index, { departsAt }] of transits.entries()) {
          expect(departsAt).toBeGreaterThanOrEqual(transits[index - 1]?.departsAt ?? 0);
        }
      }),
    );
  });
});

describe("the dice", () => {
  const shares = { kind: "independent" as const, share: 0.3 };

  it("fall the same for the k-th packet whatever else changes", () => {
    fc.assert(
      fc.property(seed, flow, flow, upTo(100), (seed, one, other, delayMs) => {
        const lostOf = (path: LinkPath, packets: Flow): boolean[] =>
          send(new LinkQueue(path, seed, 0), packets).map(({ dropped }) => dropped === "loss");
        const length = Math.min(one.length, other.length);
        const plain = lostOf({ delayMs: 0, loss: shares }, one).slice(0, length);
        const changed = lostOf({ delayMs, loss: shares, jitter: { upToMs: 20, inOrder: false } }, other).slice(0, length);
        expect(changed).toEqual(plain);
      }),
    );
  });

  it("lose with a larger share all that a smaller one loses", () => {
    fc.assert(
      fc.property(seed, upTo(0.5), (seed, share) => {
        const lost = (share: number): number[] =>
          send(new LinkQueue({ delayMs: 0, loss: { kind: "independent", share } }, seed, 0), many(200, 1)).flatMap(({ dropped }, index) =>
            dropped === "loss" ? [index] : [],
          );
        const more = new Set(lost(share * 2));
        expect(lost(share).filter((index) => !more.has(index))).toEqual([]);
      }),
    );
  });

  it("begin anew with a change that gives a seed, as in a new link", () => {
    fc.assert(
      fc.property(loss, jitter, seed, seed, flow, flow, (loss, jitter, first, second, before, packets) => {
        const path: LinkPath = { delayMs: 30, loss, jitter };
        const link = new LinkQueue(path, first, 0);
        send(link, before);
        // When all that went before has arrived.
        const from = 1_000_000;
        link.change(path, from, second);
        const fates = (link: LinkQueue): unknown[] => send(link, packets, from).map(({ deliverAt, dropped }) => [deliverAt, dropped]);
        expect(fates(link)).toEqual(fates(new LinkQueue(path, second, from)));
      }),
    );
  });

  it("fall otherwise for another seed", () => {
    const lost = (seed: number): unknown[] =>
      send(new LinkQueue({ delayMs: 0, loss: shares }, seed, 0), many(500, 1)).map(({ dropped }) => dropped);
    expect(lost(1)).not.toEqual(lost(2));
  });
});

describe("jitter", () => {
  it("is uniform between 0 and its most, and packets overtake each other where it does not keep the order", () => {
    const path: LinkPath = { delayMs: 100, jitter: { upToMs: 40, inOrder: false } };
    const late = send(new LinkQueue(path, 7, 0), many(20_000, 1)).map(({ offeredAt, deliverAt }) => deliverAt - offeredAt - 100);
    const mean = late.reduce((sum, one) => sum + one, 0) / late.length;
    // The mean of n uniform draws lies within 4 standard errors: 40 / sqrt(12 n).
    expect(Math.abs(mean - 20)).toBeLessThan((4 * 40) / Math.sqrt(12 * late.length));
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(40);
    expect(Math.max(...late)).toBeGreaterThan(39.5);
    const overtaken = late.filter((one, index) => index + 1 + one > index + 2 + (late[index + 1] ?? Infinity)).length;
    // Of neighbours 1 ms apart, those whose first is more than 1 ms later: (1 - 1/40)^2 / 2.
    expect(overtaken / late.length).toBeCloseTo((1 - 1 / 40) ** 2 / 2, 1);
  });
});

describe("a link that cannot be", () => {
  it.each<[string, LinkPath]>([
    ["delayMs", { delayMs: -1 }],
    ["delayMs", { delayMs: Number.NaN }],
    ["jitter.upToMs", { delayMs: 0, jitter: { upToMs: -1, inOrder: true } }],
    ["loss.share", { delayMs: 0, loss: { kind: "independent", share: 3 } }],
    ["loss.leave", { delayMs: 0, loss: { kind: "bursts", enter: 0, leave: -0.1, lossInGood: 0, lossInBad: 1 } }],
    ["capacity.bitsPerSecond", { delayMs: 0, capacity: { bitsPerSecond: 0 }, queueBytes: 1 }],
    ["queueBytes", { delayMs: 0, capacity: { bitsPerSecond: 1_000 } }],
    ["queueBytes", { delayMs: 0, blackouts: { packets: "held", windows: [{ fromMs: 0, toMs: 1 }] } }],
    ["capacity.fromMs", { delayMs: 0, capacity: { trace: parseTrace("3\n7\n", "short"), fromMs: 7 }, queueBytes: 1 }],
    ["capacity.fromMs", { delayMs: 0, capacity: { trace: parseTrace("3\n7\n", "short"), fromMs: -1 }, queueBytes: 1 }],
    ["blackouts.windows", { delayMs: 0, blackouts: { packets: "dropped", windows: [{ fromMs: 5, toMs: 1 }] } }],
    ["blackouts.windows", { delayMs: 0, blackouts: { packets: "dropped", windows: [{ fromMs: 5, toMs: Infinity }] } }],
    ["blackouts.everyMs", { delayMs: 0, blackouts: { packets: "dropped", windows: [{ fromMs: 0, toMs: 5 }], everyMs: 5 } }],
  ])("is refused by the name of its field: %s", (field, path) => {
    const refused = (): LinkQueue => new LinkQueue(path, 1, 0);
    expect(refused).toThrow(LinkError);
    expect(refused).toThrow(`The link.${field} must be`);
  });

  it("is refused when it is changed to, and stays what it was", () => {
    const link = new LinkQueue({ delayMs: 5 }, 1, 0);
    expect(() => link.change({ delayMs: -1 }, 1)).toThrow(LinkError);
    expect(link.offer(100, 2).deliverAt).toBe(7);
  });
});
