// It imports nothing: k6's scripts take it too.

/** A time with a rate of arrivals: users that come whether or not earlier ones are done. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** Users a second. */
  readonly rate: number;
  /** The rate at its end, for a ramp. */
  readonly rampTo?: number;
}

/** Users that a plan brings. */
export function arrivalsOf(phases: readonly Phase[]): number {
  return Math.round(phases.reduce((sum, { seconds, rate, rampTo = rate }) => sum + ((rate + rampTo) / 2) * seconds, 0));
}

export function peakRate(phases: readonly Phase[]): number {
  return Math.max(0, ...phases.map(({ rate, rampTo = rate }) => Math.max(rate, rampTo)));
}

/** Points of a quantile function: a share, and the value that this share of all is no greater than. */
export type Quantiles = readonly (readonly [share: number, value: number])[];

/**
 * Milliseconds between two requests in the conversation trace of the Azure LLM inference traces, 16 November 2023 (Azure/AzurePublicDataset,
 * CC-BY 4.0, Microsoft). Their standard deviation is 1.09 times their mean, where it is the mean itself in a Poisson process.
 */
export const azureGaps: Quantiles = [
  [0, 0],
  [0.01, 0.5],
  [0.05, 6.3],
  [0.1, 16.1],
  [0.25, 48.3],
  [0.5, 118.4],
  [0.75, 246.7],
  [0.9, 420.7],
  [0.95, 565.2],
  [0.99, 890.9],
  [0.999, 1431],
  [1, 4314.6],
];

/** Where a trace of its own gives the points. */
const SHARES = azureGaps.map(([share]) => share);

/** @param gapsMs between requests, in any order. @throws RangeError for fewer than two */
export function quantilesOf(gapsMs: readonly number[]): Quantiles {
  if (gapsMs.length < 2) throw new RangeError("A trace with at least three requests is needed.");
  const sorted = gapsMs.toSorted((a, b) => a - b);
  return SHARES.map((share) => [share, sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0]);
}

/**
 * Arrivals whose gaps have the quantiles of real traffic, as phases of whole seconds, because that is what both tools take. How gaps follow one
 * another in the traffic is lost, and within a second arrivals are even.
 *
 * @param rate the mean, in arrivals a second. @param seed repeats the draws
 */
export function trafficPhases(gaps: Quantiles, rate: number, seconds: number, seed: number): Phase[] {
  const random = seeded(seed);
  const length = Math.max(1, Math.round(seconds));
  const gapMs = (): number => interpolate(gaps, random());
  // The mean of the straight lines between the points, so that the rate is what was asked for.
  const meanMs = gaps.slice(1).reduce((sum, [share, value], index) => {
    const [before, from] = gaps[index] ?? [0, 0];
    return sum + ((from + value) / 2) * (share - before);
  }, 0);
  const counts = Array.from({ length }, () => 0);
  for (let at = gapMs() / meanMs / rate; at < length; at += gapMs() / meanMs / rate) {
    const second = Math.floor(at);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  const phases: Phase[] = [];
  for (const [second, count] of counts.entries()) {
    const last = phases.at(-1);
    if (last?.rate === count) phases.splice(-1, 1, { ...last, seconds: last.seconds + 1 });
    else phases.push({ name: `from second ${second}`, seconds: 1, rate: count });
  }
  return phases;
}

function interpolate(points: Quantiles, at: number): number {
  let [x0, y0] = points[0] ?? [0, 0];
  for (const [x, y] of points) {
    if (at <= x) return x === x0 ? y : y0 + ((y - y0) * (at - x0)) / (x - x0);
    [x0, y0] = [x, y];
  }
  return y0;
}

/** mulberry32, by Tommy Ettinger: public domain. */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
