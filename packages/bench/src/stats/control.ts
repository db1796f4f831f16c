import type { PairGroup } from "./pair-group.ts";
import type { Random } from "./random.ts";

/** The two blocks of one transport within a pair group, in the order in which they ran. */
export interface ControlPair {
  readonly first: ArrayLike<number>;
  readonly second: ArrayLike<number>;
}

/**
 * The A/A control's pair groups: one transport against itself. A coin for each group says which block is the numerator, so that a warm-up
 * that always favours the second block widens the control's interval and does not shift it.
 */
export function controlGroups(pairs: readonly ControlPair[], random: Random): PairGroup[] {
  return pairs.map(({ first, second }) =>
    random() < 0.5 ? { numerator: first, denominator: second } : { numerator: second, denominator: first },
  );
}
