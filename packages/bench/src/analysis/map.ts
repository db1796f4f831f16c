/**
 * The map: which transport a reader would notice, by round trip, loss and answers at once (METHOD.md, "The map"). A cell has few pair groups, so
 * its own spread says little: cells of one loss share theirs.
 */
import { halfOf } from "../results/halves.ts";
import { MAP } from "../results/names.ts";
import type { Block, Condition, ScenarioResult } from "../results/schema.ts";
import { benjaminiHochberg, meanOf, quantile, studentInterval, type Interval } from "../stats/index.ts";
import type { MapArm, MapCell, MapComparison, MapSpread, Noticed, ReaderMap } from "./facts/index.ts";
import { smallestEffectOf } from "./smallest-effects.ts";
import { listFailures } from "./totals.ts";
import { ERROR_LEVEL } from "./verdict.ts";

const METRIC = "lag";
const TAIL = 0.99;
/** Lags are kept to a tenth of a ms, and a logarithm needs more than 0. */
const LEAST_MS = 0.1;
const PAIRINGS = [
  { id: "usual", sse: "sse", ws: "ws" },
  { id: "http3", sse: "sse-h3", ws: "ws" },
] as const;

/** Of one cell and pairing: a log ratio of p99s for each half in which both were measured. */
interface Compared {
  readonly lossPercent: number;
  readonly logRatios: readonly number[];
  /** Of all p99s of both. */
  readonly levelMs: number;
}

export function isMap({ name }: Pick<ScenarioResult, "name">): boolean {
  return name === MAP;
}

/** @param errorsMultipliedBy what the report's control asks for @returns `null` where no cell was measured */
export function mapOf(scenarios: readonly ScenarioResult[], errorsMultipliedBy: number): ReaderMap | null {
  const scenario = scenarios.find((one) => isMap(one) && one.notRun === null);
  const metric = scenario?.metrics.find(({ id }) => id === METRIC);
  if (scenario === undefined || metric === undefined) return null;
  const smallestMs = smallestEffectOf(scenario, metric, TAIL)?.size ?? 0;
  const arms = scenario.arms.map(({ id, label }) => ({ id, label }));
  const measured = scenario.conditions.flatMap((condition) => {
    const blocks = scenario.blocks.filter((block) => block.condition === condition.id && isUsable(block));
    return blocks.length === 0 ? [] : [{ condition, blocks }];
  });
  if (measured.length === 0) return null;
  const pairings = PAIRINGS.filter(({ sse, ws }) => [sse, ws].every((id) => arms.some((arm) => arm.id === id)));
  const judged = pairings.map(({ id, sse, ws }) => {
    const compared = measured.map(({ condition, blocks }) => compare(condition, blocks, sse, ws, arms.length));
    const spreads = spreadsOf(id, compared);
    return { spreads, comparisons: judge(id, compared, spreads, { smallestMs, errorsMultipliedBy }) };
  });
  const { title, question, method } = scenario;
  return {
    title,
    question,
    method,
    smallestMs,
    pairings: [...pairings],
    arms,
    cells: measured.map(({ condition, blocks }, index): MapCell => ({
      condition: condition.id,
      ...placeOf(condition),
      arms: arms.flatMap(({ id }) => armOf(id, blocks) ?? []),
      comparisons: judged.flatMap(({ comparisons }) => comparisons[index] ?? []),
    })),
    spreads: judged.flatMap(({ spreads }) => spreads),
    failures: listFailures(scenario),
  };
}

function isUsable({ error, samples }: Block): boolean {
  return error === undefined && (samples[METRIC]?.length ?? 0) > 0;
}

function placeOf({ factors }: Condition): { readonly roundTripMs: number; readonly lossPercent: number; readonly answers: number } {
  const of = (factor: string): number => Number(factors[factor]);
  return { roundTripMs: of("roundTripMs"), lossPercent: of("lossPercent"), answers: of("answers") };
}

function logOf({ samples }: Block, at: number): number {
  return Math.log(Math.max(LEAST_MS, quantile(samples[METRIC] ?? [], at)));
}

function armOf(arm: string, all: readonly Block[]): MapArm | null {
  const blocks = all.filter((block) => block.arm === arm);
  if (blocks.length === 0) return null;
  const value = (name: string): number => meanOf(blocks.map(({ values }) => values[name] ?? 0));
  return {
    arm,
    blocks: blocks.length,
    p50Ms: Math.exp(meanOf(blocks.map((block) => logOf(block, 0.5)))),
    p99Ms: Math.exp(meanOf(blocks.map((block) => logOf(block, TAIL)))),
    stalls100: value("stalls100"),
    stalls250: value("stalls250"),
  };
}

/** Both blocks of a half had the same luck on the link. */
function compare(condition: Condition, blocks: readonly Block[], sse: string, ws: string, arms: number): Compared {
  const halves = Map.groupBy(blocks, ({ pair, position }) => `${pair} ${halfOf(position, arms)}`);
  const pairs = [...halves.values()].flatMap((half) => {
    const [s, w] = [sse, ws].map((arm) => half.find((block) => block.arm === arm));
    return s === undefined || w === undefined ? [] : [{ s: logOf(s, TAIL), w: logOf(w, TAIL) }];
  });
  return {
    lossPercent: placeOf(condition).lossPercent,
    logRatios: pairs.map(({ s, w }) => w - s),
    levelMs: pairs.length === 0 ? Number.NaN : Math.exp(meanOf(pairs.map(({ s, w }) => (s + w) / 2))),
  };
}

/** Within cells, over all round trips and numbers of answers of one loss: at different losses, tails vary differently. */
function spreadsOf(pairing: string, compared: readonly Compared[]): MapSpread[] {
  return [...Map.groupBy(compared, ({ lossPercent }) => lossPercent)].flatMap(([lossPercent, cells]) => {
    const degrees = cells.reduce((sum, { logRatios }) => sum + Math.max(0, logRatios.length - 1), 0);
    if (degrees === 0) return [];
    const squares = cells.flatMap(({ logRatios }) => logRatios.map((one) => (one - meanOf(logRatios)) ** 2));
    return [{ pairing, lossPercent, deviation: Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / degrees), degrees }];
  });
}

interface Tested {
  /** Of the mean log ratio: 95 and 90 %. */
  readonly interval: Interval;
  readonly sizeInterval: Interval;
  readonly pValue: number;
}

/** @returns `null` where no cell of this loss has an error */
function testOf({ lossPercent, logRatios }: Compared, spreads: readonly MapSpread[], errorsMultipliedBy: number): Tested | null {
  const spread = spreads.find((one) => one.lossPercent === lossPercent);
  if (spread === undefined || logRatios.length === 0) return null;
  const error = (errorsMultipliedBy * spread.deviation) / Math.sqrt(logRatios.length);
  const { pValue, ...interval } = studentInterval(meanOf(logRatios), error, spread.degrees, 0.95);
  return { interval, sizeInterval: studentInterval(meanOf(logRatios), error, spread.degrees, 0.9), pValue };
}

/** By cell; `null` where no half has both. */
function judge(
  pairing: string,
  compared: readonly Compared[],
  spreads: readonly MapSpread[],
  { smallestMs, errorsMultipliedBy }: { readonly smallestMs: number; readonly errorsMultipliedBy: number },
): (MapComparison | null)[] {
  const tests = compared.map((one) => testOf(one, spreads, errorsMultipliedBy));
  const tested = tests.flatMap((one) => one ?? []);
  const adjusted = benjaminiHochberg(tested.map(({ pValue }) => pValue));
  return compared.map(({ logRatios, levelMs }, index): MapComparison | null => {
    if (logRatios.length === 0) return null;
    const base = { pairing, halves: logRatios.length, differenceMs: differenceMs(meanOf(logRatios), levelMs) };
    const test = tests[index];
    if (test === null || test === undefined)
      return { ...base, interval: null, sizeInterval: null, adjustedPValue: null, noticed: "undecided" };
    const inMs = ({ low, high }: Interval): Interval => ({ low: differenceMs(low, levelMs), high: differenceMs(high, levelMs) });
    const adjustedPValue = adjusted[tested.indexOf(test)] ?? 1;
    const sizeInterval = inMs(test.sizeInterval);
    const noticed = noticedBy(sizeInterval, adjustedPValue, smallestMs);
    return { ...base, interval: inMs(test.interval), sizeInterval, adjustedPValue, noticed };
  });
}

/** Of two values with this logarithm of their ratio, and this geometric mean. */
function differenceMs(logRatio: number, levelMs: number): number {
  return 2 * levelMs * Math.sinh(logRatio / 2);
}

/** METHOD.md's rule (4 to 7): all of the 90 % interval beyond what a reader notices and a difference, or all of it within. */
function noticedBy({ low, high }: Interval, adjustedPValue: number, smallestMs: number): Noticed {
  if (low > -smallestMs && high < smallestMs) return "neither";
  if (adjustedPValue > ERROR_LEVEL) return "undecided";
  if (low >= smallestMs) return "sse";
  return high <= -smallestMs ? "websocket" : "undecided";
}
