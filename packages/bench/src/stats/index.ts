export {
  compareIndependent,
  compareQuantiles,
  contains,
  DEFAULT_RESAMPLES,
  type Interval,
  type PairGroup,
  type QuantileComparison,
} from "./bootstrap.ts";
export { controlGroups, type ControlPair } from "./control.ts";
export { quantile, quantileSorted, samplesNeeded, sortedSamples } from "./quantile.ts";
export { deriveSeed, seededRandom, type Random } from "./random.ts";
