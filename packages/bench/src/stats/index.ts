export { blocksNeeded } from "./pilot.ts";
export {
  compareIndependent,
  compareQuantiles,
  compareRatios,
  contains,
  DEFAULT_RESAMPLES,
  pools,
  replicate,
  type QuantileComparison,
} from "./bootstrap.ts";
export { controlGroups, type ControlPair } from "./control.ts";
export { binomialQuantile } from "./distributions.ts";
export { drawGroups } from "./draw-groups.ts";
export { bcaInterval, bootstrapStudentInterval, jackknifeError, percentileInterval, studentInterval, type Interval } from "./intervals.ts";
export { benjaminiHochberg, holm } from "./multiple.ts";
export type { PairGroup } from "./pair-group.ts";
export { pairedRatio } from "./paired.ts";
export { quantile, quantileSorted, samplesNeeded, sortedSamples } from "./quantile.ts";
export { deriveSeed, seededRandom, type Random } from "./random.ts";
export { ResamplePool } from "./resample-pool.ts";
export { findSteadyState, LEAST_OBSERVATIONS } from "./steady.ts";
