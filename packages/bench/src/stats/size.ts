import { meanInterval, type MeanEffect } from "./group-effect.ts";
import type { Interval } from "./intervals.ts";

/** Where an effect lies, by its 90 % interval: within the smallest effect of interest, beyond it, or across its edge. */
export interface SizeTest {
  readonly state: "within" | "beyond" | "across";
  /** 90 %, in the smallest effect's scale. */
  readonly interval: Interval;
}

/** A 90 % interval is two one-sided tests at 5 %. */
const LEVEL = 0.9;

/**
 * Equivalence and minimum effect, each at 5 %, from one 90 % interval.
 *
 * Within (−size, size): Schuirmann, D. J. (1987), A Comparison of the Two One-Sided Tests Procedure and the Power Approach, Journal of
 * Pharmacokinetics and Biopharmaceutics 15(6), 657–680. Beyond: Murphy, K. R. and Myors, B. (1999), Testing the Hypothesis That Treatments
 * Have Negligible Effects, Journal of Applied Psychology 84(2), 234–248.
 *
 * @param size of 0: any effect is of interest, and none is within.
 */
export function testSize(effect: MeanEffect, size: number): SizeTest {
  const { low, high } = meanInterval(effect, LEVEL);
  const interval = { low, high };
  if (low > -size && high < size) return { state: "within", interval };
  const isBeyond = size === 0 ? low > 0 || high < 0 : low >= size || high <= -size;
  return { state: isBeyond ? "beyond" : "across", interval };
}
