/** Many comparisons at once: p-values adjusted so that each may be held against one level for the whole family. */

/**
 * Holm's step-down: rejecting where the adjusted p-value is at most α keeps the chance of even one false rejection in the family at α,
 * however the comparisons depend on one another.
 *
 * Holm, S. (1979), A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6(2), 65–70.
 *
 * @returns adjusted p-values, in the order of `pValues`.
 * @throws RangeError for a p-value outside [0, 1].
 */
export function holm(pValues: readonly number[]): number[] {
  let highest = 0;
  return inOrder(
    pValues,
    (left, right) => left - right,
    (pValue, rank) => {
      highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValue));
      return highest;
    },
  );
}

/**
 * Benjamini and Hochberg's step-up: rejecting where the adjusted p-value is at most q keeps the expected share of false rejections among all
 * rejections at q, for comparisons that are independent or depend positively.
 *
 * Benjamini, Y. and Hochberg, Y. (1995), Controlling the False Discovery Rate, Journal of the Royal Statistical Society B 57(1), 289–300.
 *
 * @returns adjusted p-values, in the order of `pValues`.
 * @throws RangeError for a p-value outside [0, 1].
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  let lowest = 1;
  return inOrder(
    pValues,
    (left, right) => right - left,
    (pValue, rank) => {
      lowest = Math.min(lowest, pValue * (pValues.length / (pValues.length - rank)));
      return lowest;
    },
  );
}

function inOrder(
  pValues: readonly number[],
  order: (left: number, right: number) => number,
  adjust: (pValue: number, rank: number) => number,
): number[] {
  const wrong = pValues.find((pValue) => !(pValue >= 0 && pValue <= 1));
  if (wrong !== undefined) throw new RangeError(`A p-value must be from 0 to 1, not ${wrong}.`);
  const adjusted = pValues.map(() => Number.NaN);
  const ranked = pValues.map((pValue, index) => ({ pValue, index })).sort((left, right) => order(left.pValue, right.pValue));
  for (const [rank, { pValue, index }] of ranked.entries()) adjusted[index] = adjust(pValue, rank);
  return adjusted;
}
