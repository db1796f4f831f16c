import { studentInterval } from "../stats/index.ts";

/** A mean with its error, in ms: of a run's pair groups, or of several runs. */
export interface Estimated {
  readonly mean: number;
  readonly variance: number;
  readonly degrees: number;
}

/** Of independent estimates: the degrees of freedom are Satterthwaite's (1946). */
export function sumOf(parts: readonly Estimated[]): Estimated {
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  const below = parts.reduce((sum, part) => sum + part.variance ** 2 / part.degrees, 0);
  return {
    mean: parts.reduce((sum, part) => sum + part.mean, 0),
    variance,
    degrees: below === 0 ? Math.min(...parts.map(({ degrees }) => degrees)) : variance ** 2 / below,
  };
}

export function intervalOf({ mean, variance, degrees }: Estimated, level: number): { readonly low: number; readonly high: number } {
  const { low, high } = studentInterval(mean, Math.sqrt(variance), degrees, level);
  return { low, high };
}
