export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A slope, and its interval at 95 %. */
export interface Slope {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

const Z_95 = 1.96;

/**
 * The slope of a line that a few outliers do not turn: the median of the slopes of all pairs (Theil 1950), with Sen's interval from the variance
 * of Kendall's S (Sen 1968, JASA 63, 1379–1389). It takes the points for independent.
 *
 * @returns `undefined` where no two points have different places
 */
export function theilSen(points: readonly Point[]): Slope | undefined {
  const slopes: number[] = [];
  for (const [index, one] of points.entries()) {
    for (const other of points.slice(index + 1)) if (other.x !== one.x) slopes.push((other.y - one.y) / (other.x - one.x));
  }
  if (slopes.length === 0) return undefined;
  slopes.sort((left, right) => left - right);
  const { length: n } = points;
  const spread = Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  // With few points, the interval is all there is.
  const at = (place: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, place))]!;
  return {
    low: at(Math.floor((slopes.length - spread) / 2) - 1),
    middle: median(slopes),
    high: at(Math.ceil((slopes.length + spread) / 2)),
  };
}

/** @param sorted not empty */
function median(sorted: readonly number[]): number {
  const half = (sorted.length - 1) / 2;
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2;
}

/** The line of that slope through the points' middle. @param points not empty */
export function lineThrough(points: readonly Point[], slope: number): (x: number) => number {
  const offset = median(points.map(({ x, y }) => y - slope * x).toSorted((left, right) => left - right));
  return (x) => offset + slope * x;
}
