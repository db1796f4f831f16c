import { bytes, pointOf, secondHalf, type Finding } from "./left-behind.ts";
import type { SoakReport } from "./report.ts";
import type { Memory, Sample } from "./sample.ts";
import { lineThrough, theilSen } from "./slope.ts";

const WIDTH = 800;
const TOP = 58;
const PANEL = { width: 384, height: 168, gap: 24 };
/** Of the lines, within a panel. */
const PLOT = { left: 62, right: 12, top: 46, bottom: 24 };

const LIGHT = "--ink:#1a1e23;--soft:#535b65;--paper:#fcfcfa;--card:#f3f3ef;--line:#d6d6cf;--flow:#0067a3;--fitted:#b34700;--fault:#b0124a";
const DARK = "--ink:#e9e7e2;--soft:#a9afb6;--paper:#131619;--card:#1c2024;--line:#363c43;--flow:#5fb6ea;--fitted:#ff9d57;--fault:#ff7aa5";

interface Panel {
  readonly title: string;
  readonly value: (sample: Sample) => number;
  readonly write: (value: number) => string;
  /** Of this one, the line over the second half is drawn. */
  readonly memory?: Memory;
  /** What of the findings is about it. */
  readonly about: (finding: Finding) => boolean;
}

const memoryPanel = (title: string, memory: Memory): Panel => ({
  title,
  memory,
  value: (sample) => sample.bytes[memory],
  write: bytes,
  about: ({ kind, of }) => kind.startsWith("memory-") && of === memory,
});

const countPanel = (title: string, value: Panel["value"], about: Panel["about"]): Panel => ({
  title,
  value,
  about,
  write: (count) => count.toLocaleString("en-US"),
});

const sum = (counts: Readonly<Record<string, number>>, wanted: (name: string) => boolean = () => true): number =>
  Object.entries(counts).reduce((total, [name, count]) => (wanted(name) ? total + count : total), 0);
const isOfRuns = (table: string): boolean => table.startsWith("transport_");

/** Each figure has a panel, from zero on. */
const PANELS: readonly Panel[] = [
  memoryPanel("workerd: heap of the isolate", "workerd heap"),
  memoryPanel("The readers' process: heap", "readers heap"),
  memoryPanel("workerd: resident memory", "workerd resident"),
  memoryPanel("The readers' process: resident memory", "readers resident"),
  countPanel(
    "workerd: sockets",
    ({ counts }) => counts.sockets["workerd"] ?? 0,
    ({ kind, of }) => kind === "sockets" && of === "workerd",
  ),
  countPanel(
    "The readers' process: sockets",
    ({ counts }) => counts.sockets["readers"] ?? 0,
    ({ kind, of }) => kind === "sockets" && of === "readers",
  ),
  countPanel(
    "workerd: descriptors",
    ({ counts }) => counts.descriptors["workerd"] ?? 0,
    ({ kind, of }) => kind === "descriptors" && of === "workerd",
  ),
  countPanel(
    "The readers' process: descriptors",
    ({ counts }) => counts.descriptors["readers"] ?? 0,
    ({ kind, of }) => kind === "descriptors" && of === "readers",
  ),
  countPanel(
    "The readers' process: timers",
    ({ counts }) => counts.resources["Timeout"] ?? 0,
    ({ kind, of }) => kind === "resources" && of === "Timeout",
  ),
  countPanel(
    "The readers' process: other active resources",
    ({ counts }) => sum(counts.resources, (name) => name !== "Timeout"),
    ({ kind, of }) => kind === "resources" && of !== "Timeout",
  ),
  countPanel(
    "Listeners on the clients' signal and page",
    ({ counts }) => sum(counts.listeners),
    ({ kind }) => kind === "listeners",
  ),
  countPanel(
    "The agents: rows of runs and their events",
    ({ counts }) => sum(counts.rows, isOfRuns),
    ({ kind, of }) => kind === "rows" && isOfRuns(of),
  ),
  countPanel(
    "The agents: other rows",
    ({ counts }) => sum(counts.rows, (table) => !isOfRuns(table)),
    ({ kind, of }) => kind === "rows" && !isOfRuns(of),
  ),
  countPanel(
    "The agents: alarms that are set",
    ({ counts }) => sum(counts.alarms),
    ({ kind }) => kind === "alarms",
  ),
];

/** `soak.svg`: all figures over time, for both themes. It has no script, and no font of its own. */
export function soakPlot(report: SoakReport): string {
  const rows = Math.ceil(PANELS.length / 2);
  const height = TOP + rows * (PANEL.height + PANEL.gap) + 16;
  const panels = PANELS.map((panel, index) => {
    const x = (index % 2) * (PANEL.width + (WIDTH - 2 * PANEL.width));
    const y = TOP + Math.floor(index / 2) * (PANEL.height + PANEL.gap);
    return `<g transform="translate(${x} ${y})">${panelOf(panel, report)}</g>`;
  });
  const { title, verdict } = headOf(report);
  const style = `<style>svg{${LIGHT};font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}@media (prefers-color-scheme:dark){svg{${DARK}}}</style>`;
  const described = PANELS.map((panel) => `${panel.title}: ${levelsOf(panel, report.samples)}.`).join(" ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="soak" aria-describedby="soak-is" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<title id="soak">${escaped(title)}</title><desc id="soak-is">${escaped(`${verdict} ${described}`)}</desc>${style}`,
    `<rect width="${WIDTH}" height="${height}" fill="var(--paper)"/>`,
    text(0, 18, title, "font-size:16px;font-weight:600"),
    text(0, 40, `${verdict} Shaded: at rest. Dashed: as at the start. Straight: a robust line.`, "font-size:13px;fill:var(--soft)"),
    ...panels,
    "</svg>\n",
  ].join("");
}

function headOf({ asked, answers, struck, findings, cut }: SoakReport): { readonly title: string; readonly verdict: string } {
  const minutes = Math.round(asked.budgetMs / 6_000) / 10;
  const title = `A soak of ${minutes} min: ${answers.toLocaleString("en-US")} answers, ${struck.toLocaleString("en-US")} struck streams`;
  if (cut) return { title, verdict: "It was ended before its rest." };
  return {
    title,
    verdict: findings.length === 0 ? "All is back where it began." : `${findings.length} figures are not back where they began.`,
  };
}

function panelOf(panel: Panel, { samples, findings }: SoakReport): string {
  const points = samples.map((sample) => ({ sample, value: panel.value(sample) })).filter(({ value }) => Number.isFinite(value));
  const lastMs = Math.max(1, samples.at(-1)?.atMs ?? 1);
  const most = Math.max(1, ...points.map(({ value }) => value));
  const [right, bottom] = [PANEL.width - PLOT.right, PANEL.height - PLOT.bottom];
  const x = (atMs: number): number => round(PLOT.left + (atMs / lastMs) * (right - PLOT.left));
  const y = (value: number): number => round(bottom - (value / most) * (bottom - PLOT.top));
  const isLeft = findings.some(panel.about);
  const start = points.find(({ sample }) => sample.phase === "start");
  const line = points.map(({ sample, value }) => `${x(sample.atMs)},${y(value)}`).join(" ");
  const [levels, colour] = [levelsOf(panel, samples), isLeft ? "var(--fault)" : "var(--soft)"];
  return [
    text(0, 14, panel.title, "font-size:14px;font-weight:600"),
    text(0, 33, isLeft ? `Not back: ${levels}` : levels, `font-size:12px;fill:${colour}`),
    ...restsIn(samples).map(
      ([from, to]) =>
        `<rect x="${x(from)}" y="${PLOT.top}" width="${round(x(to) - x(from))}" height="${bottom - PLOT.top}" fill="var(--card)"/>`,
    ),
    rule(PLOT.left, PLOT.top, right, PLOT.top, "var(--line)"),
    rule(PLOT.left, bottom, right, bottom, "var(--soft)"),
    text(PLOT.left - 6, PLOT.top + 4, panel.write(most), "font-size:12px;fill:var(--soft)", "end"),
    text(PLOT.left - 6, bottom + 4, "0", "font-size:12px;fill:var(--soft)", "end"),
    text(PLOT.left, bottom + 18, "0 min", "font-size:12px;fill:var(--soft)"),
    text(right, bottom + 18, `${(lastMs / 60_000).toFixed(1)} min`, "font-size:12px;fill:var(--soft)", "end"),
    start === undefined ? "" : rule(PLOT.left, y(start.value), right, y(start.value), "var(--soft)", "4 3"),
    `<polyline points="${line}" fill="none" stroke="var(--flow)" stroke-width="1.5" stroke-linejoin="round"/>`,
    panel.memory === undefined ? "" : fittedLine(panel.memory, samples, x, y),
  ].join("");
}

/** The robust line over the second half of the flow. Its answers are taken to have come steadily. */
function fittedLine(memory: Memory, samples: readonly Sample[], x: (atMs: number) => number, y: (value: number) => number): string {
  const half = secondHalf(samples);
  const points = half.map((sample) => pointOf(sample, memory));
  const slope = theilSen(points);
  const [first, last] = [half[0], half.at(-1)];
  if (slope === undefined || first === undefined || last === undefined || !Number.isFinite(slope.middle)) return "";
  const line = lineThrough(points, slope.middle);
  const at = (sample: Sample): number => y(Math.max(0, line(pointOf(sample, memory).x)));
  return rule(x(first.atMs), at(first), x(last.atMs), at(last), "var(--fitted)");
}

function levelsOf({ value, write }: Panel, samples: readonly Sample[]): string {
  const start = samples.find(({ phase }) => phase === "start");
  const end = samples.findLast(({ phase }) => phase === "end");
  const most = samples.reduce((high, sample) => Math.max(high, value(sample)), 0);
  const levels = [
    ...(start === undefined ? [] : [`${write(value(start))} at the start`]),
    `${write(most)} at most`,
    ...(end === undefined ? [] : [`${write(value(end))} at the end`]),
  ];
  return levels.join(", ");
}

/** From when to when nothing was asked. */
function restsIn(samples: readonly Sample[]): readonly (readonly [number, number])[] {
  const rests: [number, number][] = [];
  for (const [index, { phase, atMs }] of samples.entries()) {
    if (phase === "warm-up" || phase === "flow") continue;
    const before = samples[index - 1]?.phase;
    const last = rests.at(-1);
    if (last !== undefined && before === "rest") last[1] = atMs;
    else rests.push([atMs, atMs]);
  }
  return rests;
}

function rule(x1: number, y1: number, x2: number, y2: number, colour: string, dash = ""): string {
  const dashed = dash === "" ? "" : ` stroke-dasharray="${dash}"`;
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" stroke-width="1.5"${dashed}/>`;
}

function text(x: number, y: number, words: string, style: string, anchor: "start" | "end" = "start"): string {
  const ink = style.includes("fill:") ? "" : "fill:var(--ink);";
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" style="${ink}${style}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
