/** At most so many, evenly spread over the order in which they are. */
export function thinned(samples: readonly number[], most: number): number[] {
  if (samples.length <= most) return [...samples];
  return Array.from({ length: most }, (_, index) => samples[Math.floor((index * samples.length) / most)] ?? Number.NaN);
}
