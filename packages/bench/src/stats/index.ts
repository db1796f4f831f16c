export { blocksNeeded } from "./pilot.ts";
export {
  compareIndependent,
  compareQuantiles,
  compareRatios,
  contains,
  DEFAULT_RESAMPLES,
  pools,
  replicate,
  type PairGroup,
  type QuantileComparison,
} from "./bootstrap.ts";
export { controlGroups, type ControlPair } from "./control.ts";
export { binomialQuantile } from "./distributions.ts";
export { bcaInterval, bootstrapStudentInterval, jackknifeError, percentileInterval, type Interval } from "./intervals.ts";
export { benjaminiHochberg, holm } from "./multiple.ts";
export { pairedRatio } from "./paired.ts";
export { quantile, quantileSorted, samplesNeeded, sortedSamples } from "./quantile.ts";
export { deriveSeed, seededRandom, type Random } from "./random.ts";
export { findSteadyState, LEAST_OBSERVATIONS } from "./steady.ts";
