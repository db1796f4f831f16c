/** The empirical cumulative distribution: which share of the samples is at most `value`. */
export interface EcdfPoint {
  readonly value: number;
  /** In (0, 1]. */
  readonly share: number;
}

/** Share of ascending samples that are at most `value`, by binary search. Zero samples have a share of zero. */
export function ecdf(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Number.NaN) <= value) low = middle + 1;
    else high = middle;
  }
  return sorted.length === 0 ? 0 : low / sorted.length;
}

/**
 * The steps of the distribution for a plot: every distinct value where there are few, else about `limit` of them, even in rank, and always
 * the first and the last, so that neither end of the curve is drawn short.
 */
export function ecdfPoints(sorted: ArrayLike<number>, limit = 200): EcdfPoint[] {
  const count = sorted.length;
  const stride = Math.max(1, Math.ceil(count / limit));
  const points: EcdfPoint[] = [];
  for (let index = 0; index < count; index++) {
    const value = sorted[index] ?? Number.NaN;
    const isLastOfItsValue = index === count - 1 || sorted[index + 1] !== value;
    const isDrawn = index === 0 || index === count - 1 || index % stride === 0;
    if (isDrawn && isLastOfItsValue) points.push({ value, share: (index + 1) / count });
    else if (isDrawn) points.push({ value, share: ecdf(sorted, value) });
  }
  return points.filter((point, index) => index === 0 || points[index - 1]?.value !== point.value);
}
