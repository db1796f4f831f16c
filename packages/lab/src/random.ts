/** Uniform on [0, 1). */
export type Random = () => number;

/**
 * Numbers that are the same for the same seed: mulberry32 by Tommy Ettinger (public domain). 32 bits of state, passes gjrand, period 2^32, which is
 * far above the draws of one analysis.
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
