/** Both sides of one pair group. Samples inside a block depend on one another, so a group is drawn whole or not at all. */
export interface PairGroup {
  readonly numerator: ArrayLike<number>;
  readonly denominator: ArrayLike<number>;
}
