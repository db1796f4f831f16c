import { studentQuantile } from "./distributions.ts";

/** What a pilot, or a run, showed of one comparison. */
export interface Pilot {
  /** Pair groups, at least 2. */
  readonly groups: number;
  /** Standard error of the effect with so many groups. */
  readonly standardError: number;
}

export interface Wanted {
  /** How far the effect is from what it is to be told apart from, on the scale of the standard error. */
  readonly distance: number;
  /** Of the interval. */
  readonly confidence?: number;
  /** Chance to see it where it is there. One half is Kalibera and Jones' rule: an interval that reaches as far as the effect. */
  readonly power?: number;
}

/** More than anybody would run: asked for nearly no distance, the search ends here. */
export const MOST_GROUPS = 1_000_000;

/**
 * How many pair groups show an effect: the least n with (t₁ + t₂) · s / √n ≤ distance, where s is the groups' standard deviation in the
 * pilot, t₁ Student's quantile of the interval's end and t₂ that of the power, both with n − 1 degrees of freedom.
 *
 * Kalibera, T. and Jones, R. (2013), Rigorous Benchmarking in Reasonable Time, ISMM '13, §6 (repetitions, at the highest level that varies,
 * from the width of the interval that a pilot's variance predicts); the power as in a paired t-test's sample size.
 *
 * @returns from 2 to {@link MOST_GROUPS}, which it also is for no distance.
 * @throws RangeError for a pilot of fewer than 2 groups, a distance below 0, or levels outside (0, 1).
 */
export function groupsNeeded({ groups, standardError }: Pilot, { distance, confidence = 0.95, power = 0.8 }: Wanted): number {
  if (!Number.isInteger(groups) || groups < 2) throw new RangeError(`A pilot needs at least 2 groups, not ${groups}.`);
  if (!(distance >= 0)) throw new RangeError(`The distance must be 0 or more, not ${distance}.`);
  if (!(confidence > 0 && confidence < 1) || !(power >= 0.5 && power < 1)) {
    throw new RangeError(`Confidence must be between 0 and 1, and power at least 0.5, not ${confidence} and ${power}.`);
  }
  if (Number.isNaN(standardError) || standardError < 0) throw new RangeError(`A standard error must be 0 or more, not ${standardError}.`);
  const deviation = standardError * Math.sqrt(groups);
  const isEnough = (count: number): boolean => {
    const reach = studentQuantile((1 + confidence) / 2, count - 1) + (power === 0.5 ? 0 : studentQuantile(power, count - 1));
    return (reach * deviation) / Math.sqrt(count) <= distance;
  };
  if (!isEnough(MOST_GROUPS)) return MOST_GROUPS;
  let low = 2;
  let high = MOST_GROUPS;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
