import type { Random } from "./random.ts";

/** One resample of whole groups, as how often each stands in it: as many draws as there are groups, with replacement. */
export function drawGroups(weights: Uint32Array, random: Random): void {
  weights.fill(0);
  for (let draw = 0; draw < weights.length; draw++) {
    const group = Math.floor(random() * weights.length);
    weights[group] = (weights[group] ?? 0) + 1;
  }
}
