import * as Plot from "@observablehq/plot";
import { formatValue, quantileName, unitName } from "../words/format.ts";
import { distributionWords, quantilesWords } from "../words/plots.ts";
import type { Arm, Metric, ScenarioResult } from "../../results/schema.ts";
import { deriveSeed, drawGroups, quantileSorted, ResamplePool, seededRandom } from "../../stats/index.ts";
import { colourOf, dashOf, draw, tick, type Figure } from "./draw.ts";

/** Enough for a band that is looked at; the tables' intervals have their own. */
const BAND_RESAMPLES = 200;

interface Series {
  readonly arm: Arm;
  readonly pool: ResamplePool;
  readonly groups: number;
  readonly random: () => number;
}

interface Point {
  readonly probability: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function seriesOf(scenario: ScenarioResult, condition: string, metric: Metric): Series[] {
  return scenario.arms.flatMap((arm) => {
    const blocks = scenario.blocks.filter((block) => block.condition === condition && block.arm === arm.id && block.error === undefined);
    const groups = [...Map.groupBy(blocks, ({ pair }) => pair).values()]
      .map((group) => group.flatMap(({ samples }) => samples[metric.id] ?? []))
      .filter((samples) => samples.length > 0);
    if (groups.length === 0) return [];
    const random = seededRandom(deriveSeed(0, "band", scenario.name, condition, metric.id, arm.id));
    return [{ arm, pool: new ResamplePool(groups), groups: groups.length, random }];
  });
}

/** Each quantile with its pointwise 95 % band, from resamples of whole pair groups; no band from a single group. */
function pointsOf({ pool, groups, random }: Series, probabilities: readonly number[]): Point[] {
  const resamples = groups > 1 ? BAND_RESAMPLES : 0;
  const replicates = probabilities.map(() => new Float64Array(resamples));
  const weights = new Uint32Array(groups);
  for (let resample = 0; resample < resamples; resample++) {
    drawGroups(weights, random);
    for (const [index, probability] of probabilities.entries()) {
      const column = replicates[index];
      if (column !== undefined) column[resample] = pool.quantile(weights, probability);
    }
  }
  return probabilities.map((probability, index) => {
    const value = quantileSorted(pool.sorted, probability);
    const sorted = (replicates[index] ?? new Float64Array()).sort();
    const bound = (share: number): number => (sorted.length === 0 ? value : quantileSorted(sorted, share));
    return { probability, value, low: bound(0.025), high: bound(0.975) };
  });
}

/** The figures that an eye takes from a distribution, for those who hear it. */
function spoken(series: readonly Series[], metric: Metric, quantiles: readonly number[]): string {
  return quantiles
    .map(
      (quantile) =>
        `${quantileName(quantile)}: ${series.map(({ arm, pool }) => `${arm.label} ${formatValue(quantileSorted(pool.sorted, quantile), metric.unit)}`).join(", ")}.`,
    )
    .join(" ");
}

function axisLabel(metric: Metric): string {
  return unitName(metric.unit) === "" ? metric.label : `${metric.label} (${unitName(metric.unit)})`;
}

/** The share of samples at or below each value; the far tail is for the quantile plot. */
export function ecdfFigure(scenario: ScenarioResult, condition: string, metric: Metric): Figure | undefined {
  const series = seriesOf(scenario, condition, metric);
  if (series.length === 0) return undefined;
  const lines = series.map((one) => {
    // Above p99 one odd sample would press all others against the axis.
    const top = one.pool.size >= 200 ? 99 : 100;
    return {
      arm: one.arm,
      points: pointsOf(
        one,
        Array.from({ length: 51 }, (_, step) => (step * top) / 5_000),
      ),
    };
  });
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const words = distributionWords(metric, spoken(series, metric, [0.5, 0.9]));
  const isWide = values.every((value) => value > 0) && Math.max(...values) / Math.min(...values) > 8;
  const svg = draw(
    {
      x: { type: isWide ? "log" : "linear", label: axisLabel(metric), grid: true, ticks: 5, tickFormat: tick },
      y: { label: "share of samples (%)", grid: true, domain: [0, 100], ticks: 5 },
      marks: [
        ...lines.flatMap(({ arm, points }) => [
          Plot.areaX(points, {
            y: ({ probability }: Point) => probability * 100,
            x1: ({ low }: Point) => low,
            x2: ({ high }: Point) => high,
            fill: colourOf(arm.id, scenario.arms),
            fillOpacity: 0.18,
          }),
          Plot.line(points, {
            x: ({ value }: Point) => value,
            y: ({ probability }: Point) => probability * 100,
            stroke: colourOf(arm.id, scenario.arms),
            strokeWidth: 2,
            ...dashOf(arm.id),
          }),
        ]),
        Plot.ruleY([0]),
      ],
    },
    words,
  );
  return { svg, caption: words.caption };
}

const NAMED_TICKS: readonly (readonly [number, string])[] = [
  [2, "p50"],
  [10, "p90"],
  [100, "p99"],
  [1_000, "p99.9"],
  [10_000, "p99.99"],
];

function tailPlace({ probability }: Point): number {
  return 1 / (1 - probability);
}

/** Each quantile's value, on an axis of 1/(1−p), which gives the tail the room that it has for people. */
export function quantileFigure(scenario: ScenarioResult, condition: string, metric: Metric): Figure | undefined {
  const series = seriesOf(scenario, condition, metric);
  const longest = series.reduce((most, { pool }) => Math.max(most, pool.size), 0);
  if (longest < 100) return undefined;
  const lines = series.flatMap((one) => {
    // Ten samples beyond the last point: the same bar as for the figures.
    const top = one.pool.size / 10;
    if (top <= 1) return [];
    const probabilities = Array.from({ length: 48 }, (_, step) => 1 - 1 / top ** (step / 47));
    return [{ arm: one.arm, points: pointsOf(one, probabilities) }];
  });
  const told = spoken(
    series.filter(({ pool }) => pool.size >= 100),
    metric,
    [0.5, 0.9, ...(longest >= 1_000 ? [0.99] : [])],
  );
  const words = quantilesWords(metric, told);
  const ticks = NAMED_TICKS.filter(([at]) => at <= longest / 10);
  const svg = draw(
    {
      x: {
        type: "log",
        label: "quantile, on a scale of 1/(1−p)",
        ticks: ticks.map(([place]) => place),
        tickFormat: (place: number) => ticks.find(([one]) => one === place)?.[1] ?? "",
      },
      y: { label: axisLabel(metric), grid: true, zero: true, ticks: 5, tickFormat: tick },
      marks: [
        Plot.ruleX(
          ticks.map(([place]) => place),
          { stroke: "currentColor", strokeOpacity: 0.14 },
        ),
        ...lines.flatMap(({ arm, points }) => [
          Plot.areaY(points, {
            x: tailPlace,
            y1: ({ low }: Point) => low,
            y2: ({ high }: Point) => high,
            fill: colourOf(arm.id, scenario.arms),
            fillOpacity: 0.18,
          }),
          Plot.line(points, {
            x: tailPlace,
            y: ({ value }: Point) => value,
            stroke: colourOf(arm.id, scenario.arms),
            strokeWidth: 2,
            ...dashOf(arm.id),
          }),
        ]),
        Plot.ruleY([0]),
      ],
    },
    words,
  );
  return { svg, caption: words.caption };
}
