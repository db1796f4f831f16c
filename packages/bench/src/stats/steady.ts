import { deriveSeed, seededRandom, type Random } from "./random.ts";

/** Whether a series in time settles, and where. */
export interface Steadiness {
  /** `warm-up`: steady from `from` on, and not before. `never`: it still changes in its second half. */
  readonly state: "steady" | "warm-up" | "never" | "too-few";
  /** Index of the first steady observation; the series' length where there is none. */
  readonly from: number;
  /** Of the hypothesis that the whole series is steady; `null` for too few. */
  readonly pValue: number | null;
}

/** A change is believed at this level: at 5 %, one steady condition in twenty would be called unsteady. */
const STEADY_LEVEL = 0.01;
/** Fewer than this have no arrangement that is rare enough to be believed. */
export const LEAST_OBSERVATIONS = 10;
const PERMUTATIONS = 1_999;

/**
 * Finds warm-up with a test for a change point: the largest standardised Mann–Whitney statistic between what came before and after each
 * point in time. Its p-value comes from permutations, so it holds for any distribution and any length. Where a change is found in the first
 * half, the rest is tested again; where one is found in the second half, the series never settles.
 *
 * Sen, A. and Srivastava, M. S. (1975), On Tests for Detecting Change in Mean, Annals of Statistics 3(1), 98–108 (maximum over the split);
 * Pettitt, A. N. (1979), A Non-Parametric Approach to the Change-Point Problem, Applied Statistics 28(2), 126–135 (by ranks).
 */
export function findSteadyState(values: readonly number[], seed: number, level: number = STEADY_LEVEL): Steadiness {
  if (values.length < LEAST_OBSERVATIONS) return { state: "too-few", from: 0, pValue: null };
  let from = 0;
  let first: number | null = null;
  while (values.length - from >= LEAST_OBSERVATIONS) {
    const change = findChange(values.slice(from), seededRandom(deriveSeed(seed, String(from))));
    first ??= change.pValue;
    if (change.pValue > level) return { state: from === 0 ? "steady" : "warm-up", from, pValue: first };
    from += change.at;
    if (from > values.length / 2) return { state: "never", from: values.length, pValue: first };
  }
  return { state: "never", from: values.length, pValue: first };
}

/** The most likely change: `at` is the index of the first value after it. */
export function findChange(
  values: readonly number[],
  random: Random,
): { readonly at: number; readonly statistic: number; readonly pValue: number } {
  const ranks = midRanks(values);
  const observed = largestShift(ranks);
  const shuffled = Float64Array.from(ranks);
  let asLarge = 1;
  for (let permutation = 0; permutation < PERMUTATIONS; permutation++) {
    shuffle(shuffled, random);
    // Equal but for rounding is equal.
    if (largestShift(shuffled).statistic >= observed.statistic - 1e-9) asLarge++;
  }
  return { ...observed, pValue: asLarge / (PERMUTATIONS + 1) };
}

/** The largest |U| over its standard deviation, over all points in time. */
function largestShift(ranks: ArrayLike<number>): { readonly at: number; readonly statistic: number } {
  const { length } = ranks;
  const middle = (length + 1) / 2;
  let sum = 0;
  let at = 0;
  let statistic = 0;
  for (let before = 1; before < length; before++) {
    sum += (ranks[before - 1] ?? Number.NaN) - middle;
    const shift = Math.abs(sum) / Math.sqrt((before * (length - before) * (length + 1)) / 12);
    if (shift > statistic) [at, statistic] = [before, shift];
  }
  return { at, statistic };
}

/** Equal values share the mean of their ranks, from 1 on. */
export function midRanks(values: readonly number[]): Float64Array {
  const order = [...values.keys()].sort((left, right) => (values[left] ?? 0) - (values[right] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1] ?? 0] === values[order[start] ?? 0]) end++;
    for (let at = start; at <= end; at++) ranks[order[at] ?? 0] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return ranks;
}

/** Fisher and Yates, in place. */
function shuffle(values: Float64Array, random: Random): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other] ?? Number.NaN, values[last] ?? Number.NaN];
  }
}
