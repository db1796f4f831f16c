import { studentInterval, type Interval } from "../stats/index.ts";

/** How something grows with a number: as that number to the power of `exponent`. */
export interface Growth extends Interval {
  readonly exponent: number;
  /** How many points it is of: those at or below 0 are left out. */
  readonly points: number;
}

/**
 * The slope of the straight line nearest to the logarithms, with Student's 95 % interval.
 *
 * At 1 the cost of one more stays the same. Above 1 each further one costs more than the one before.
 *
 * @returns `undefined` where fewer than three points, or only one place, say nothing; points at or below 0 are left out
 */
export function growthOf(points: readonly { readonly x: number; readonly y: number }[]): Growth | undefined {
  const logs = points.filter(({ x, y }) => x > 0 && y > 0).map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (of: (point: { x: number; y: number }) => number): number => logs.reduce((sum, point) => sum + of(point), 0) / logs.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const degrees = logs.length - 2;
  if (degrees < 1 || !(spread > 1e-9)) return undefined;
  const exponent = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residual = logs.reduce((sum, { x, y }) => sum + (y - meanY - exponent * (x - meanX)) ** 2, 0);
  const { low, high } = studentInterval(exponent, Math.sqrt(residual / degrees / spread), degrees);
  return { exponent, low, high, points: logs.length };
}
