import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bursts, lossOf, lossShare, type Loss } from "./loss.ts";

const lostOf = (loss: Loss, seed: number, count: number): boolean[] => {
  const isLost = lossOf(loss, seed);
  return Array.from({ length: count }, (_, index) => isLost(index));
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
