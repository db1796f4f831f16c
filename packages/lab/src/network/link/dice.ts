/** What a throw of the dice is for. Each purpose has its own dice, so that more jitter changes nobody's loss. */
type Purpose = "loss" | "burst" | "jitter";

const KEYS: Readonly<Record<Purpose, number>> = { loss: 0x9e3779b9, burst: 0x7f4a7c15, jitter: 0x94d049bb };

/**
 * Uniform on [0, 1), from a seed, a purpose and a number, and from nothing that was drawn before (Salmon et al., "Parallel Random Numbers: As
 * Easy as 1, 2, 3", SC 2011, calls such generators counter-based). The k-th packet of a link has the same luck whatever else changes: these are
 * the common random numbers of METHOD.md.
 */
export function dice(seed: number, purpose: Purpose): (index: number) => number {
  const key = mix(seed ^ KEYS[purpose]);
  const second = mix(key + 0x6a09e667);
  return (index) => mix(mix(index + key) ^ second) / 4_294_967_296;
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): each bit of the input changes each bit of the output half of the time. */
function mix(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
