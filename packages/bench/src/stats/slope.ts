/**
 * The slope of the straight line nearest to some points, by least squares.
 *
 * @throws RangeError where all points have the same x, or there are fewer than two
 */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const meanX = meanOf(points.map(({ x }) => x));
  const meanY = meanOf(points.map(({ y }) => y));
  const squares = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(squares > 0)) throw new RangeError("A line needs points at two places or more.");
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / squares;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
