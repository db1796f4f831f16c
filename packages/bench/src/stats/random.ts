/** Seeded randomness of the statistics, so that one file of results always gives one report. */

/** Uniform on [0, 1). */
export type Random = () => number;

/**
 * mulberry32 by Tommy Ettinger (public domain): 32 bits of state, passes gjrand, period 2^32, which is far above the draws of one analysis.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A seed of its own for each comparison (FNV-1a over the labels, http://www.isthe.com/chongo/tech/comp/fnv), so that adding a scenario, or
 * analysing one alone, does not change the interval of another.
 */
export function deriveSeed(seed: number, ...labels: readonly string[]): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(labels.join("\u0000"))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
