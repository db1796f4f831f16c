import type { PairGroup } from "./group-effect.ts";

/** The two blocks of one transport within a pair group, in the order in which they ran. */
export interface ControlPair {
  /** Its number among the groups of its setting. */
  readonly pair: number;
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/**
 * The A/A control's pair groups: one transport against itself. The first block over the second in groups of even number, and the other way
 * round in odd ones: a drift or a warm-up then widens the control's interval and does not shift it. No coin: nothing depends on a seed.
 */
export function controlGroups(pairs: readonly ControlPair[]): PairGroup[] {
  return pairs.map(({ pair, first, second }) =>
    pair % 2 === 0 ? { numerator: [first], denominator: [second] } : { numerator: [second], denominator: [first] },
  );
}
