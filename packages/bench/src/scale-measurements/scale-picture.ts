/** What `bench scale` measured of one answer's readers, as a picture: logarithmic axes, so that what grows with them in proportion is a straight line. */
import * as Plot from "@observablehq/plot";
import { colourOf, dashOf, draw, HEIGHT, restartNumbering, tick, WIDTH } from "../report/plots/draw.ts";
import { themes } from "../report/style.ts";
import { escapeHtml } from "../report/words/escape.ts";
import { quantile } from "../stats/index.ts";

export interface PicturedSample {
  readonly test: string;
  readonly arm: string;
  readonly count: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  readonly cpuMs: number;
  readonly events: number;
  readonly memoryBytes: number;
}

interface Series {
  readonly of: (sample: PicturedSample) => number;
  readonly opacity: number;
}

const panels: readonly { readonly title: string; readonly label: string; readonly series: readonly Series[] }[] = [
  {
    title: "How late a token is: p50, and paler p99",
    label: "ms",
    series: [
      { of: ({ latencyMs }) => latencyMs.p50, opacity: 1 },
      { of: ({ latencyMs }) => latencyMs.p99, opacity: 0.45 },
    ],
  },
  {
    title: "Memory of all readers",
    label: "MiB",
    series: [{ of: ({ memoryBytes, count }) => (memoryBytes * count) / 2 ** 20, opacity: 1 }],
  },
  {
    title: "The Worker’s CPU for one event to one reader",
    label: "µs",
    series: [{ of: ({ cpuMs, events }) => (cpuMs * 1_000) / events, opacity: 1 }],
  },
];

const TITLE_PX = 26;
const PANEL_PX = TITLE_PX + HEIGHT + 18;
const LEGEND_LINE_PX = 22;
const MARGIN_PX = 14;

/**
 * @param arms in the order of the legend
 * @param measured when and on what, as a sentence
 */
export function scalePicture(
  samples: readonly PicturedSample[],
  arms: readonly { readonly id: string; readonly label: string }[],
  measured: string,
): string {
  restartNumbering();
  const readers = samples.filter(({ test }) => test.startsWith("readers-"));
  const shown = arms.filter(({ id }) => readers.some(({ arm }) => arm === id));
  const legend = shown.map(({ id, label }, index) => {
    const y = MARGIN_PX + index * LEGEND_LINE_PX + 8;
    return `<line x1="0" x2="34" y1="${y}" y2="${y}" ${strokeOf(id, shown)} stroke-width="3"/><text x="44" y="${y + 5}" font-size="14">${escapeHtml(label)}</text>`;
  });
  const top = MARGIN_PX + shown.length * LEGEND_LINE_PX + 12;
  const drawn = panels.map(({ title, label, series }, index) => {
    const lines = series.flatMap(({ of, opacity }) =>
      shown.map(({ id }) => ({
        id,
        opacity,
        points: mediansOf(
          readers.filter(({ arm }) => arm === id),
          of,
        ),
      })),
    );
    const svg = draw(
      {
        x: { type: "log", label: "readers of one answer", ticks: [50, 250, 1_000, 5_000], tickFormat: tick, grid: true },
        y: { type: "log", label, ticks: 4, tickFormat: tick, grid: true },
        marks: lines.flatMap(({ id, opacity, points }) => [
          Plot.line(points, { x: "count", y: "value", stroke: colourOf(id, shown), strokeWidth: 2, strokeOpacity: opacity, ...dashOf(id) }),
          Plot.dot(points, { x: "count", y: "value", r: 3, fill: colourOf(id, shown), fillOpacity: opacity }),
        ]),
      },
      { title, description: lines.map(({ id, points }) => sentenceOf(labelOf(shown, id), label, points)).join(" "), caption: title },
    );
    const y = top + index * PANEL_PX;
    return `<text x="0" y="${y + 16}" font-size="15" font-weight="600">${escapeHtml(title)}</text>${svg.replace("<svg", `<svg x="0" y="${y + TITLE_PX}"`)}`;
  });
  const height = top + panels.length * PANEL_PX + 24;
  const foot = `<text x="0" y="${height - 12}" font-size="12" fill="var(--soft)">${escapeHtml(measured)}</text>`;
  const style = `<style>svg{${themes.light};color:var(--ink);fill:var(--ink);font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}@media (prefers-color-scheme:dark){svg{${themes.dark}}}</style>`;
  const title = "Readers of one answer: how late a token is, memory, and CPU";
  const width = WIDTH + 2 * MARGIN_PX;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${title}" viewBox="${-MARGIN_PX} 0 ${width} ${height}" width="${width}" height="${height}">${style}<rect x="${-MARGIN_PX}" width="${width}" height="${height}" fill="var(--paper)"/>${legend.join("")}${drawn.join("")}${foot}</svg>\n`;
}

interface Point {
  readonly count: number;
  readonly value: number;
}

function mediansOf(samples: readonly PicturedSample[], of: (sample: PicturedSample) => number): Point[] {
  return [...Map.groupBy(samples, ({ count }) => count)]
    .map(([count, those]) => ({ count, value: quantile(those.map(of), 0.5) }))
    .toSorted((left, right) => left.count - right.count);
}

function strokeOf(arm: string, arms: readonly { readonly id: string }[]): string {
  const { strokeDasharray } = dashOf(arm);
  return `stroke="${colourOf(arm, arms)}"${strokeDasharray === undefined ? "" : ` stroke-dasharray="${strokeDasharray}"`}`;
}

function labelOf(arms: readonly { readonly id: string; readonly label: string }[], id: string): string {
  return arms.find((arm) => arm.id === id)?.label ?? id;
}

function sentenceOf(arm: string, unit: string, points: readonly Point[]): string {
  return `${arm}: ${points.map(({ count, value }) => `${tick(value)} ${unit} with ${tick(count)}`).join(", ")}.`;
}
