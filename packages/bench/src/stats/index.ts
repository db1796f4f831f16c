export { controlGroups, type ControlPair } from "./control.ts";
export { binomialQuantile, studentQuantile } from "./distributions.ts";
export { drawGroups } from "./draw-groups.ts";
export {
  differenceInterval,
  groupEffects,
  inflated,
  meanInterval,
  meanWithError,
  type GroupEffects,
  type MeanEffect,
  type PairGroup,
} from "./group-effect.ts";
export { inflationBound, inflationOf, quantilePairs } from "./inflation.ts";
export { studentInterval, type Interval } from "./intervals.ts";
export {
  correlationOf,
  levelDifference,
  levelDifferenceInterval,
  logRatioTest,
  meanPair,
  pooledSpread,
  ratioDeviation,
  type LogPair,
  type PairSpread,
} from "./log-pairs.ts";
export { benjaminiHochberg } from "./multiple.ts";
export { groupsNeeded, MOST_GROUPS } from "./pilot.ts";
export { quantile, quantileSorted, samplesNeeded, sortedSamples } from "./quantile.ts";
export { combineRuns, predictionError, predictionInterval, randomEffects, type RunEffect, type RunsTogether } from "./random-effects.ts";
export { deriveSeed, seededRandom, type Random } from "./random.ts";
export { ResamplePool } from "./resample-pool.ts";
export { testSize, type SizeTest } from "./size.ts";
export { meanOf, statisticOf, type Statistic } from "./statistic.ts";
export { findSteadyState, LEAST_OBSERVATIONS } from "./steady.ts";
