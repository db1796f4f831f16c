/** Seeded randomness of the statistics, so that one file of results always gives one report. */

export { seededRandom, type Random } from "@agent-transports/lab/random";

/**
 * A seed of its own for each comparison (FNV-1a over the labels, http://www.isthe.com/chongo/tech/comp/fnv), so that adding a scenario, or
 * analysing one alone, does not change the interval of another.
 */
export function deriveSeed(seed: number, ...labels: readonly string[]): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(labels.join("\u0000"))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
