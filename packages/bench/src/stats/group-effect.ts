import { studentInterval, type Estimate } from "./intervals.ts";
import { meanOf, statisticOf, type Statistic } from "./statistic.ts";

/** Both sides of one pair group, block by block. Samples inside a block depend on one another, so a block gives one number. */
export interface PairGroup {
  readonly numerator: readonly (readonly number[])[];
  readonly denominator: readonly (readonly number[])[];
}

/** The mean of one number for each pair group, with what Student's distribution needs. */
export interface MeanEffect {
  readonly mean: number;
  /** `Infinity` for one group. */
  readonly standardError: number;
  readonly groups: number;
}

export interface GroupEffects {
  /** Numerator minus denominator, in the samples' unit. */
  readonly difference: MeanEffect;
  /** Of the logarithms; `null` where a block's number is 0 or less. */
  readonly logRatio: MeanEffect | null;
  /** Every group has exactly the same difference. */
  readonly isConstant: boolean;
}

/**
 * The effect of each group is the mean of its numerator's blocks minus that of its denominator's, so that what the neighbours in time share
 * cancels. Groups are independent of one another; blocks and samples within them are not.
 *
 * @throws RangeError for no groups, or a group with an empty side or block.
 */
export function groupEffects(groups: readonly PairGroup[], statistic: Statistic): GroupEffects {
  const blocks = groups.map(({ numerator, denominator }) => ({
    above: numerator.map((samples) => statisticOf(samples, statistic)),
    below: denominator.map((samples) => statisticOf(samples, statistic)),
  }));
  const differences = blocks.map(({ above, below }) => meanOf(above) - meanOf(below));
  const hasLog = blocks.every(({ above, below }) => [...above, ...below].every((value) => value > 0));
  return {
    difference: meanWithError(differences),
    logRatio: hasLog ? meanWithError(blocks.map(({ above, below }) => meanOf(above.map(Math.log)) - meanOf(below.map(Math.log)))) : null,
    isConstant: differences.every((difference) => difference === differences[0]),
  };
}

/** @throws RangeError for no values. */
export function meanWithError(values: readonly number[]): MeanEffect {
  const mean = meanOf(values);
  if (values.length === 1) return { mean, standardError: Infinity, groups: 1 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length), groups: values.length };
}

/** @param by what errors are multiplied with, where the control says that they are too small. */
export function inflated(effect: MeanEffect, by: number): MeanEffect {
  return { ...effect, standardError: effect.standardError * by };
}

/** Student's t interval of the groups' mean, and the p-value of the hypothesis that it is 0. */
export function meanInterval({ mean, standardError, groups }: MeanEffect, level = 0.95): Estimate {
  return studentInterval(mean, standardError, groups - 1, level);
}

/** A sum or difference of two means of groups that were not run next to each other, such as two conditions: Welch (1947). */
export function differenceInterval(first: MeanEffect, second: MeanEffect, level = 0.95): Estimate {
  const [one, other] = [first.standardError ** 2, second.standardError ** 2];
  const degrees =
    one + other === 0
      ? Math.min(first.groups, second.groups) - 1
      : (one + other) ** 2 / (one ** 2 / (first.groups - 1) + other ** 2 / (second.groups - 1));
  return studentInterval(first.mean - second.mean, Math.sqrt(one + other), degrees, level);
}
