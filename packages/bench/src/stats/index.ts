export {
  compareIndependent,
  compareQuantiles,
  contains,
  DEFAULT_RESAMPLES,
  ratioOf,
  type Interval,
  type PairGroup,
  type QuantileComparison,
} from "./bootstrap.ts";
export { controlGroups, type ControlPair } from "./control.ts";
export { ecdf, ecdfPoints, type EcdfPoint } from "./ecdf.ts";
export { quantile, quantileSorted, samplesNeeded, sortedSamples } from "./quantile.ts";
export { deriveSeed, seededRandom, type Random } from "./random.ts";
