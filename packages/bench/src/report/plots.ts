import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { unitName } from "../analysis/format.ts";
import type { Arm, Block, Metric, ScenarioResult } from "../results/schema.ts";
import { quantileSorted, sortedSamples } from "../stats/index.ts";
import { escapeHtml } from "./escape.ts";

/** Colours are CSS variables: one drawing serves both themes. */
const colours: Readonly<Record<string, string>> = { sse: "var(--sse)", ws: "var(--ws)", floor: "var(--floor)", "sse-cold": "var(--cold)" };
const dashes: Readonly<Record<string, string>> = { floor: "2 3", "sse-cold": "6 3" };

const STYLE = { background: "none", color: "currentColor", fontSize: "12px", overflow: "visible" } as const;

export interface Figure {
  readonly svg: string;
  readonly caption: string;
}

function draw(options: Plot.PlotOptions, title: string, description: string): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({ ...options, style: STYLE, document, figure: false }).outerHTML;
  // Plot's own label says no more than "plot"; a reader of the page by ear gets what an eye gets.
  const named = `<title>${escapeHtml(title)}</title><desc>${escapeHtml(description)}</desc>`;
  return svg.replace(/<svg([^>]*)>/, (_all, attributes: string) => `<svg role="img"${attributes}>${named}`);
}

interface Series {
  readonly arm: Arm;
  readonly sorted: Float64Array;
}

function seriesOf(scenario: ScenarioResult, condition: string, metric: Metric): Series[] {
  return scenario.arms.flatMap((arm) => {
    const blocks = scenario.blocks.filter((block) => block.condition === condition && block.arm === arm.id && block.error === undefined);
    const samples = blocks.flatMap((block) => block.samples[metric.id] ?? []);
    return samples.length === 0 ? [] : [{ arm, sorted: sortedSamples(samples) }];
  });
}

/** The share of samples at or below each value; the far tail is for the quantile plot. */
export function ecdfFigure(scenario: ScenarioResult, condition: string, metric: Metric): Figure | undefined {
  const series = seriesOf(scenario, condition, metric);
  if (series.length === 0) return undefined;
  const points = series.flatMap(({ arm, sorted }) =>
    Array.from({ length: 101 }, (_, percent) => ({ arm: arm.id, x: quantileSorted(sorted, percent / 100), y: percent / 100 })),
  );
  const positive = points.every(({ x }) => x > 0);
  const spread = Math.max(...points.map(({ x }) => x)) / Math.min(...points.map(({ x }) => x));
  const label = `${metric.label} (${unitName(metric.unit)})`;
  const svg = draw(
    {
      width: 620,
      height: 300,
      marginLeft: 48,
      marginBottom: 40,
      x: {
        type: positive && spread > 8 ? "log" : "linear",
        label,
        grid: true,
        ticks: 6,
        tickFormat: (value: number) => String(Number(value.toPrecision(3))),
      },
      y: { label: "share of samples", percent: true, grid: true, domain: [0, 100] },
      marks: [
        ...series.map(({ arm }) =>
          Plot.line(
            points.filter((point) => point.arm === arm.id),
            {
              x: "x",
              y: "y",
              stroke: colours[arm.id] ?? "currentColor",
              strokeWidth: 2,
              ...(dashes[arm.id] === undefined ? {} : { strokeDasharray: dashes[arm.id]! }),
            },
          ),
        ),
        Plot.ruleY([0]),
      ],
    },
    `${metric.label}: distribution`,
    `Share of samples at or below each value, for ${series.map(({ arm }) => arm.label).join(", ")}. The table below has the figures.`,
  );
  return { svg, caption: `${metric.label}: the share of samples at or below each value.` };
}

/** Each quantile's value, on an axis of 1/(1−p), which gives the tail the room that it has for people. */
export function quantileFigure(scenario: ScenarioResult, condition: string, metric: Metric): Figure | undefined {
  const series = seriesOf(scenario, condition, metric);
  const longest = Math.max(0, ...series.map(({ sorted }) => sorted.length));
  if (longest < 200) return undefined;
  const points = series.flatMap(({ arm, sorted }) => {
    // Ten samples beyond the last point: the same bar as for the figures.
    const top = sorted.length / 10;
    return Array.from({ length: 80 }, (_, step) => top ** (step / 79))
      .filter((x) => x >= 1)
      .map((x) => ({ arm: arm.id, x, y: quantileSorted(sorted, 1 - 1 / x) }));
  });
  const ticks = [2, 10, 100, 1000, 10_000].filter((tick) => tick <= longest / 10);
  const names: Readonly<Record<number, string>> = { 2: "p50", 10: "p90", 100: "p99", 1000: "p99.9", 10_000: "p99.99" };
  const svg = draw(
    {
      width: 620,
      height: 300,
      marginLeft: 48,
      marginBottom: 40,
      x: { type: "log", label: "quantile", ticks, tickFormat: (value: number) => names[value] ?? "" },
      y: { label: `${metric.label} (${unitName(metric.unit)})`, grid: true, zero: true },
      marks: [
        Plot.ruleX(ticks, { stroke: "currentColor", strokeOpacity: 0.12 }),
        ...series.map(({ arm }) =>
          Plot.line(
            points.filter((point) => point.arm === arm.id),
            {
              x: "x",
              y: "y",
              stroke: colours[arm.id] ?? "currentColor",
              strokeWidth: 2,
              ...(dashes[arm.id] === undefined ? {} : { strokeDasharray: dashes[arm.id]! }),
            },
          ),
        ),
        Plot.ruleY([0]),
      ],
    },
    `${metric.label}: quantiles`,
    `Value at each quantile up to where ten samples lie beyond, for ${series.map(({ arm }) => arm.label).join(", ")}.`,
  );
  return { svg, caption: `${metric.label} at each quantile, up to where ten samples lie beyond.` };
}

/** What one block of each transport lived through: its events, the faults, and the way back. */
export function timelineFigure(scenario: ScenarioResult, condition: string): Figure | undefined {
  const blocks = scenario.arms.flatMap((arm) => {
    const block = scenario.blocks.find((one: Block) => one.condition === condition && one.arm === arm.id && one.timeline !== undefined);
    return block?.timeline === undefined ? [] : [{ arm, marks: block.timeline }];
  });
  if (blocks.length === 0) return undefined;
  const rows = blocks.flatMap(({ arm, marks }) => marks.map((mark) => ({ ...mark, arm: arm.id, label: arm.label })));
  const of = (kinds: readonly string[]): typeof rows => rows.filter(({ kind }) => kinds.includes(kind));
  const svg = draw(
    {
      width: 620,
      height: 60 + 62 * blocks.length,
      marginLeft: 82,
      marginBottom: 40,
      x: { label: "ms since the run began", grid: true },
      y: { label: null, domain: blocks.map(({ arm }) => arm.label), padding: 0.35 },
      marks: [
        Plot.tickX(of(["event"]), {
          x: "tMs",
          y: "label",
          stroke: (row: { arm: string }) => colours[row.arm] ?? "currentColor",
          strokeWidth: 1.4,
        }),
        Plot.tickX(of(["fault"]), { x: "tMs", y: "label", stroke: "var(--fault)", strokeWidth: 3, insetTop: -9, insetBottom: -9 }),
        Plot.dot(of(["open"]), {
          x: "tMs",
          y: "label",
          dy: -24,
          r: 3.5,
          fill: (row: { arm: string }) => colours[row.arm] ?? "currentColor",
        }),
      ],
    },
    "Timeline of the faults and recoveries",
    "One block of each transport: a tick for each event that the application received, a bar for each fault, a dot for each time that the connection was open.",
  );
  return {
    svg,
    caption: "One block of each transport: a tick for each event received, a bar for each fault, a dot where the connection was open.",
  };
}
