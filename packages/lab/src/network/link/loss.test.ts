import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinkQueue } from "./link.ts";
import { bursts, lossOf, lossShare, rayleighFades, type FadeLoss, type Loss } from "./loss.ts";

const lostOf = (loss: Loss, seed: number, count: number): boolean[] => {
  const throwDice = lossOf(loss, seed, 0);
  return Array.from({ length: count }, (_, index) => throwDice(index)(index));
};
const runs = (lost: readonly boolean[]): number[] =>
  lost
    .map((one) => (one ? "x" : "."))
    .join("")
    .split(/\.+/)
    .filter((run) => run !== "")
    .map((run) => run.length);

/** Within so many standard deviations. The seeds are fixed: a rare draw would be no fault. */
const DEVIATIONS = 5;

describe("independent loss", () => {
  it("has its share, within the binomial interval", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.001, max: 0.5, noNaN: true }), (seed, share) => {
        const count = 10_000;
        const lost = lostOf({ kind: "independent", share }, seed, count).filter(Boolean).length;
        expect(Math.abs(lost - count * share)).toBeLessThanOrEqual(DEVIATIONS * Math.sqrt(count * share * (1 - share)));
      }),
      { seed: 20_261_129 },
    );
  });

  it("depends on nothing before: a loss is as likely after a loss as after none", () => {
    const lost = lostOf({ kind: "independent", share: 0.1 }, 11, 200_000);
    const after = lost.filter((_, index) => index > 0 && lost[index - 1] === true);
    const share = after.filter(Boolean).length / after.length;
    expect(Math.abs(share - 0.1)).toBeLessThan(DEVIATIONS * Math.sqrt(0.09 / after.length));
  });

  it.each([0, 1])("of %d is all or nothing", (share) => {
    expect(new Set(lostOf({ kind: "independent", share }, 3, 1_000))).toEqual(new Set([share === 1]));
  });
});

describe("loss in bursts", () => {
  it("has the share and the length in a row that it was asked for", () => {
    const count = 400_000;
    for (const [share, mean] of [
      [0.01, 2],
      [0.03, 4],
      [0.1, 10],
    ] as const) {
      const loss = bursts(share, mean);
      expect(lossShare(loss)).toBeCloseTo(share, 12);
      const lost = lostOf(loss, 5, count);
      const lengths = runs(lost);
      // Runs are geometric: mean m, variance m (m - 1). A share of bursts deviates more than a binomial one, by (1 + r) / (1 - r), r = 1 - enter - leave.
      const r = 1 - loss.enter - loss.leave;
      const deviation = Math.sqrt((share * (1 - share) * (1 + r)) / (1 - r) / count);
      expect(Math.abs(lost.filter(Boolean).length / count - share)).toBeLessThan(DEVIATIONS * deviation);
      const meanRun = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
      expect(Math.abs(meanRun - mean)).toBeLessThan(DEVIATIONS * Math.sqrt((mean * (mean - 1)) / lengths.length));
    }
  });

  it("loses a little in its good state, and spares a little in its bad one", () => {
    const loss: Loss = { kind: "bursts", enter: 0.02, leave: 0.2, lossInGood: 0.001, lossInBad: 0.6 };
    const share = (0.2 * 0.001 + 0.02 * 0.6) / 0.22;
    expect(lossShare(loss)).toBeCloseTo(share, 12);
    expect(lostOf(loss, 9, 400_000).filter(Boolean).length / 400_000).toBeCloseTo(share, 2);
  });
});

describe("fades", () => {
  const loss: FadeLoss = { kind: "fades", share: 0.05, meanMs: 20 };
  /** Looks each millisecond. */
  const seen = (count: number, seed = 7): boolean[] => lostOf(loss, seed, count);

  it("take the share of time and last as long as was asked for", () => {
    const count = 2_000_000;
    const lost = seen(count);
    expect(lossShare(loss)).toBe(0.05);
    const fades = runs(lost);
    // A fade of exponential length is seen for as many whole milliseconds on average; one between two looks is not seen.
    const seenMs = 1 / (1 - Math.exp(-1 / loss.meanMs));
    const deviation = loss.meanMs / Math.sqrt(fades.length);
    expect(Math.abs(fades.reduce((sum, one) => sum + one, 0) / fades.length - seenMs)).toBeLessThan(DEVIATIONS * deviation);
    // Each pair of a fade and the time before it is one draw of both.
    const pairMs = loss.meanMs / loss.share;
    const relative = Math.sqrt((2 * pairMs) / count);
    expect(Math.abs(lost.filter(Boolean).length / count / loss.share - 1)).toBeLessThan(DEVIATIONS * relative);
  });

  it("are at their times, whichever packets there are and in whichever order they are asked about", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat(20_000), { maxLength: 50 }), (seed, moments) => {
        const each = seen(20_001, seed);
        const throwDice = lossOf(loss, seed, 1_000);
        expect(moments.map((ms, index) => throwDice(index)(1_000 + ms))).toEqual(moments.map((ms) => each[ms]));
      }),
      { numRuns: 30, seed: 20_261_129 },
    );
  });

  it("hit a packet when it leaves, not when it comes", () => {
    const seed = 3;
    const each = seen(5_000, seed);
    const start = each.findIndex((lost, ms) => lost && !each[ms - 1]);
    // 1,000 bytes take so long that the second packet leaves in the fade.
    const queue = new LinkQueue({ delayMs: 5, loss, capacity: { bitsPerSecond: (2 * 8_000_000) / start }, queueBytes: 10_000 }, seed, 0);
    const first = queue.offer(1_000, 0);
    const second = queue.offer(1_000, 0);
    expect([first.departsAt, second.departsAt]).toEqual([start / 2, start]);
    expect([first.dropped === "loss", second.dropped]).toEqual([each[Math.floor(start / 2)], "loss"]);
  });

  it.each([0, 1])("of a share of %d are never or always", (share) => {
    expect(new Set(lostOf({ ...loss, share }, 3, 1_000))).toEqual(new Set([share === 1]));
  });

  it("of a radio are as long as Rappaport's example says", () => {
    // Example 5.8: below 0.1 of the root mean square for 200 µs on average, at a Doppler frequency of 200 Hz.
    const { meanMs } = rayleighFades(-Math.expm1(-0.01), 200, 299_792_458);
    expect(meanMs).toBeCloseTo(0.2, 2);
  });

  it.each([
    [{ share: 1.1, meanMs: 20 }, "loss.share"],
    [{ share: 0.1, meanMs: 0 }, "loss.meanMs"],
    [{ share: 0.1, meanMs: Number.NaN }, "loss.meanMs"],
  ])("of %j are refused by name", (wrong, field) => {
    expect(() => new LinkQueue({ delayMs: 1, loss: { kind: "fades", ...wrong } }, 1, 0)).toThrow(field);
  });
});
