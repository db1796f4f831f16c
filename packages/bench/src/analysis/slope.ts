/** What one more connection costs: a block's single value against how many there were. */
import type { Block, Condition, ScenarioResult } from "../results/schema.ts";
import { deriveSeed, quantileSorted, seededRandom } from "../stats/index.ts";
import type { JsonInterval, SlopePoint, SlopeSet } from "./facts/index.ts";

/** A block that itself stood at several levels of the factor has a value for each: `heap@50`. */
const LEVEL = /^(.+)@(\d+)$/;
/** Names of values that are memory, in bytes. */
const MEMORY = /memory|resident|rss|heap|kernel.*bytes|bytes.*kernel/i;
const RESAMPLES = 1_000;

/** Every memory value of a scenario that varies a number, such as how many connections are open. What else varies is held still. */
export function memorySlopes(whole: ScenarioResult, seed: number): SlopeSet[] {
  const factor = numericFactor(whole);
  if (factor === undefined) return [];
  const scenario = differingInNumbers(whole, factor);
  const names = new Set(
    scenario.blocks.flatMap(({ values }) =>
      Object.keys(values).flatMap((name) => LEVEL.exec(name)?.[1] ?? (MEMORY.test(name) ? name : [])),
    ),
  );
  return [...names].flatMap((value) => {
    const slopes = scenario.arms.flatMap(({ id, label }) => {
      const points = scenario.blocks.flatMap((block) =>
        block.arm === id && block.error === undefined ? pointsOf(scenario, block, factor, value) : [],
      );
      const fit = leastSquares(points);
      if (fit === null) return [];
      return [{ arm: id, label, points, ...fit, interval: slopeInterval(points, deriveSeed(seed, "slope", scenario.name, value, id)) }];
    });
    return slopes.length === 0 ? [] : [{ scenario: scenario.name, value, factor, slopes }];
  });
}

/** Of those settings alone that differ in nothing but numbers: as many levels as there are. Compressed sockets, say, are no point of a line of others. */
function differingInNumbers(scenario: ScenarioResult, factor: string): ScenarioResult {
  const levels = (conditions: readonly Condition[]): number => new Set(conditions.map(({ factors }) => factors[factor])).size;
  const kinds = [...Map.groupBy(scenario.conditions, ({ factors }) => wordsOf(factors)).values()];
  const conditions = kinds.reduce((most, kind) => (levels(kind) > levels(most) ? kind : most));
  const ids = new Set(conditions.map(({ id }) => id));
  return { ...scenario, conditions, blocks: scenario.blocks.filter(({ condition }) => ids.has(condition)) };
}

function wordsOf(factors: Condition["factors"]): string {
  return JSON.stringify(Object.entries(factors).filter(([, level]) => typeof level !== "number"));
}

function numericFactor({ conditions }: ScenarioResult): string | undefined {
  const names = Object.keys(conditions[0]?.factors ?? {});
  return names.find((name) => {
    const levels = conditions.map(({ factors }) => factors[name]);
    return levels.every((level) => typeof level === "number") && new Set(levels).size > 1;
  });
}

function pointsOf({ conditions }: ScenarioResult, block: Block, factor: string, value: string): SlopePoint[] {
  const levels = Object.entries(block.values).flatMap(([name, y]) => {
    const [, of, x] = LEVEL.exec(name) ?? [];
    return of === value ? [{ pair: block.pair, x: Number(x), y }] : [];
  });
  if (levels.length > 0) return levels;
  const x = conditions.find(({ id }) => id === block.condition)?.factors[factor];
  const y = block.values[value];
  return typeof x === "number" && y !== undefined ? [{ pair: block.pair, x, y }] : [];
}

/** `null` where all points stand at one place. */
export function leastSquares(points: readonly SlopePoint[]): { readonly slope: number; readonly intercept: number } | null {
  if (points.length < 2) return null;
  const mean = (read: (point: SlopePoint) => number): number => points.reduce((sum, point) => sum + read(point), 0) / points.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (spread === 0) return null;
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { slope, intercept: meanY - slope * meanX };
}

/** 95 %, percentile bootstrap of whole pair groups; endless where there are too few of them to draw from. */
function slopeInterval(points: readonly SlopePoint[], seed: number): JsonInterval {
  const groups = [...Map.groupBy(points, ({ pair }) => pair).values()];
  if (groups.length < 2) return { low: null, high: null };
  const random = seededRandom(seed);
  const slopes = Array.from({ length: RESAMPLES }, () =>
    leastSquares(groups.flatMap(() => groups[Math.floor(random() * groups.length)] ?? [])),
  ).flatMap((fit) => (fit === null ? [] : [fit.slope]));
  const sorted = Float64Array.from(slopes).sort();
  return sorted.length === 0 ? { low: null, high: null } : { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}
