/** The rule of the map (METHOD.md, "The map"): cells of one loss and number of answers share their spread, and all of a pairing are corrected together. */
import {
  benjaminiHochberg,
  correlationOf,
  levelDifference,
  levelDifferenceInterval,
  logRatioTest,
  meanPair,
  pooledSpread,
  ratioDeviation,
  type Interval,
  type LogPair,
  type PairSpread,
} from "../stats/index.ts";
import type { MapComparison, MapSpread, Noticed } from "./facts/index.ts";
import { pairsOf, withoutMarked, type Cell } from "./map-halves.ts";
import { ERROR_LEVEL } from "./verdict.ts";

export interface Pairing {
  readonly id: string;
  readonly sse: string;
  readonly ws: string;
}

export interface MapRule {
  /** What a reader notices. */
  readonly smallestMs: number;
  readonly errorsMultipliedBy: number;
}

export interface JudgedPairing<One> {
  readonly spreads: readonly MapSpread[];
  /** By cell; `null` where no half has both. */
  readonly comparisons: readonly (One | null)[];
}

/** All halves, and a second time without the marked ones. */
export function judgePairing(pairing: Pairing, cells: readonly Cell[], rule: MapRule): JudgedPairing<MapComparison> {
  const { spreads, comparisons } = judgeOnce(pairing, cells, rule);
  const calm = withoutMarked(cells);
  const second = calm === null ? null : judgeOnce(pairing, calm, rule).comparisons;
  return {
    spreads,
    comparisons: comparisons.map((one, index) =>
      one === null ? null : { ...one, withoutMarked: second === null ? null : (second[index]?.noticed ?? "undecided") },
    ),
  };
}

type JudgedOnce = Omit<MapComparison, "withoutMarked">;

function judgeOnce({ id, sse, ws }: Pairing, cells: readonly Cell[], rule: MapRule): JudgedPairing<JudgedOnce> {
  const compared = cells.map((cell) => ({ pool: poolOf(cell), cell, pairs: pairsOf(cell, sse, ws) }));
  const pools = new Map(
    [...Map.groupBy(compared, ({ pool }) => pool)].map(([pool, alike]) => [pool, pooledSpread(alike.map(({ pairs }) => pairs))]),
  );
  const tests = compared.map(({ pool, pairs }) => testOf(pairs, pools.get(pool) ?? null, rule));
  const tested = tests.flatMap((one) => one ?? []);
  const adjusted = benjaminiHochberg(tested.map(({ pValue }) => pValue));
  return {
    spreads: [...pools].flatMap(([pool, spread]) => {
      const cell = compared.find((one) => one.pool === pool)?.cell;
      return spread === null || cell === undefined ? [] : [spreadFacts(id, cell, spread)];
    }),
    comparisons: compared.map(({ pairs }, index): JudgedOnce | null => {
      if (pairs.length === 0) return null;
      const test = tests[index];
      const base = {
        pairing: id,
        halves: pairs.length,
        logRatios: pairs.map(({ first, second }) => second - first),
        differenceMs: levelDifference(meanPair(pairs)),
      };
      if (test === null || test === undefined)
        return { ...base, interval: null, sizeInterval: null, adjustedPValue: null, noticed: "undecided" };
      const adjustedPValue = adjusted[tested.indexOf(test)] ?? 1;
      const { interval, sizeInterval } = test;
      return { ...base, interval, sizeInterval, adjustedPValue, noticed: noticedBy(sizeInterval, adjustedPValue, rule.smallestMs) };
    }),
  };
}

/** At different losses tails vary differently, and so do they in blocks of one answer and of six. */
function poolOf({ lossPercent, answers }: Cell): string {
  return `${lossPercent} ${answers}`;
}

function spreadFacts(pairing: string, { lossPercent, answers }: Cell, spread: PairSpread): MapSpread {
  return {
    pairing,
    lossPercent,
    answers,
    deviation: ratioDeviation(spread),
    sseDeviation: Math.sqrt(spread.firstVariance),
    wsDeviation: Math.sqrt(spread.secondVariance),
    correlation: correlationOf(spread),
    degrees: spread.degrees,
  };
}

interface Tested {
  /** In ms: 95 and 90 %. */
  readonly interval: Interval;
  readonly sizeInterval: Interval;
  /** Of the log ratio. */
  readonly pValue: number;
}

/** @returns `null` where no cell of the pool has an error */
function testOf(pairs: readonly LogPair[], spread: PairSpread | null, { errorsMultipliedBy }: MapRule): Tested | null {
  if (spread === null || pairs.length === 0) return null;
  const mean = meanPair(pairs);
  const errors = { pairs: pairs.length, errorsMultipliedBy };
  return {
    interval: levelDifferenceInterval(mean, spread, { ...errors, level: 0.95 }),
    sizeInterval: levelDifferenceInterval(mean, spread, { ...errors, level: 0.9 }),
    pValue: logRatioTest(mean, spread, errors).pValue,
  };
}

/** METHOD.md's rule (4 to 7): all of the 90 % interval beyond what a reader notices and a difference, or all of it within. */
function noticedBy({ low, high }: Interval, adjustedPValue: number, smallestMs: number): Noticed {
  if (low > -smallestMs && high < smallestMs) return "neither";
  if (adjustedPValue > ERROR_LEVEL) return "undecided";
  if (low >= smallestMs) return "sse";
  return high <= -smallestMs ? "websocket" : "undecided";
}
