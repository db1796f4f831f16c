import { basename, dirname } from "node:path";
import { judgeClaims } from "../analysis/claims.ts";
import { headlines, placedComparisons, type Placed } from "../analysis/headline.ts";
import type { ComparedArm, Comparison } from "../analysis/index.ts";
import { instrumentsOf } from "../analysis/instrument.ts";
import { ofSeveralRuns } from "../analysis/several-runs.ts";
import type { Results } from "../results/schema.ts";
import type { Sessions } from "../sessions/facts.ts";
import { sessionKinds } from "../sessions/kinds.ts";
import { sessionsOf, sourcesOf } from "../sessions/sessions.ts";
import type { Report } from "./build.ts";
import { claimsMarkdown } from "./claims.ts";
import { decidingFigures, type DecidingFigure } from "./deciding-figures.ts";
import { escapeMarkdown } from "./words/escape.ts";
import { markdownTable, tableOfCells } from "./markdown-table.ts";
import { missingLines, wrapped } from "./sessions-markdown.ts";
import { formatCount, formatRatioWithInterval, formatValue, listOf, statisticName } from "./words/format.ts";
import { bytesWords } from "./words/memory.ts";
import { ADVICE_COLUMNS, adviceRows } from "./words/session-tables.ts";
import { notesOf } from "./words/session-notes.ts";
import { TOO_SMALL_WORDS, verdictWords } from "./words/verdicts.ts";

/** A file of results with the report that it leads to; `file` is as a document names it. */
export interface ReportedRun {
  readonly file: string;
  readonly results: Results;
  readonly report: Report;
}

/** What a README shows of one run or of several: what to take for each kind of session. Those that measured all of its waits are put together. */
export function renderVerdicts(runs: readonly ReportedRun[]): string {
  const sessions = sessionsOfRuns(runs);
  const missing = missingLines(sessions).map((one) => `- ${one}`);
  return [
    adviceTable(ADVICE_COLUMNS, adviceRows(sessionKinds, sessions)),
    wrapped(notesOf(sessionKinds, sessions).map(escapeMarkdown).join(" ")),
    ...(missing.length === 0 ? [] : [missing.join("\n")]),
    whence(runs),
  ].join("\n\n");
}

/** Of several runs, those that measured all of a session's waits are put together. */
export function sessionsOfRuns(runs: readonly ReportedRun[]): Sessions {
  const sources = runs.flatMap(({ results, report }) => sourcesOf(results, report.control.errorsMultipliedBy));
  return sessionsOf(sources, sessionKinds);
}

/** Rows whose first cell is an application, and the second what to take. */
export function adviceTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return tableOfCells(
    columns,
    rows.map(([title = "", take = "", ...rest]) => [
      `**${escapeMarkdown(title)}**`,
      `**${escapeMarkdown(take)}**`,
      ...rest.map(escapeMarkdown),
    ]),
  );
}

/**
 * All that a report decides by: a few figures, the claims, and the first figure of every scenario at every setting that was run. The claims are
 * judged by all runs together, and the rest is of the first.
 */
export function renderFigures(runs: readonly [ReportedRun, ...ReportedRun[]]): string {
  const [run, ...others] = runs;
  const { report } = run;
  const scenarios = ofSeveralRuns(runs.map((one) => one.report.scenarios));
  const figures = report.scenarios.flatMap((scenario) =>
    headlines(scenario).map(({ condition, metric, comparison }) => [
      `${scenario.title}: ${metric.label} ${statisticName(comparison.statistic)}, ${condition.label}`,
      formatValue(valueIn(comparison, "sse"), metric.unit),
      formatValue(valueIn(comparison, "ws"), metric.unit),
      comparison.effect === null ? "–" : formatRatioWithInterval(comparison.effect),
      verdictWords(comparison.verdict),
    ]),
  );
  return [
    "## The figures that decide, by application",
    decidingTable(report),
    DECIDING_KEY,
    "## The claims",
    claimsMarkdown(judgeClaims(scenarios), scenarios),
    "## The first figure of each setting",
    markdownTable(["", "SSE", "WebSocket", "WebSocket ÷ SSE (95 %)", "verdict"], figures),
    provenance(run),
    ...(others.length === 0
      ? []
      : [wrapped(`The claims are judged by ${listOf(others.map((one) => `[${escapeMarkdown(runName(one))}](${one.file})`))} as well.`)]),
  ].join("\n\n");
}

const DECIDING_KEY = [
  "Medians, or means where a median hides something. **Bold** is better by a difference that matters.\nRTT is the network's round trip.",
  `Neither is bold where a difference is ${TOO_SMALL_WORDS}, where the two are equivalent, and where the run cannot tell.`,
].join("\n");

function decidingTable(report: Report): string {
  const rows = decidingFigures.flatMap(({ title, figures }) => {
    const [first = ["not measured", "–", "–"], ...rest] = figures.flatMap((figure) => figureCells(report, figure));
    return [[`**${escapeMarkdown(title)}**`, ...first], ...rest.map((cells) => ["", ...cells])];
  });
  return tableOfCells(["your application", "figure", "SSE", "WebSocket"], rows);
}

/** @returns none where it was not measured, or there is not enough of it */
function figureCells(report: Report, figure: DecidingFigure): string[][] {
  const placed = placedOf(report, figure);
  if (placed === undefined || placed.comparison.verdict.kind === "not-enough-data") return [];
  const values = (["sse", "ws"] as const).map((arm) => {
    const value = valueIn(placed.comparison, arm);
    // Memory is read in KiB.
    const words = placed.metric.unit === "bytes" && value !== null ? bytesWords(value) : formatValue(value, placed.metric.unit);
    const unbroken = words.replace(" ", "\u00A0");
    return placed.comparison.better === arm ? `**${unbroken}**` : unbroken;
  });
  return [[escapeMarkdown(figure.label), ...values]];
}

function placedOf(report: Report, { scenario: name, condition: id, metric }: DecidingFigure): Placed | undefined {
  const scenario = report.scenarios.find((one) => one.name === name);
  if (scenario === undefined) return undefined;
  const all = metric === undefined ? headlines(scenario) : placedComparisons(scenario).filter((placed) => placed.metric.id === metric);
  return all.find(({ condition }) => condition.id === id);
}

function valueIn({ arms }: Comparison, arm: ComparedArm): number | null {
  return arms.find((one) => one.arm === arm)?.value ?? null;
}

/** Of several runs, a table says of each what a sentence says of one. */
function whence(runs: readonly ReportedRun[]): string {
  const [only, ...others] = runs;
  if (only !== undefined && others.length === 0) return provenance(only);
  const counted = runs.map(countedEvents);
  const events = counted.reduce((sum, one) => sum + one.events, 0);
  const faults = counted.reduce((sum, one) => sum + one.faults, 0);
  const rows = runs.map((run, index) => [
    `[${escapeMarkdown(runName(run))}](${run.file})`,
    run.results.startedAt.slice(0, 10),
    `\`${optionsOf(run)}\``,
    escapeMarkdown(`${run.results.environment.cores} cores, ${whereMeasured(run.results)}`),
    formatCount(counted[index]?.events ?? 0),
  ]);
  return [
    `Of ${formatCount(events)} events, ${formatCount(faults)} were lost, repeated or reordered. Each run's name leads to its samples.`,
    tableOfCells(["run", "date", "options", "machine and network", "events"], rows),
  ].join("\n\n");
}

/** The folder's, where each report has one of its own. */
export function runName({ file }: Pick<ReportedRun, "file">): string {
  const folder = basename(dirname(file));
  return folder === "." || folder === "" ? basename(file) : folder;
}

/** One sentence a line, which is as a document's lines are broken. */
function provenance(run: ReportedRun): string {
  const { file, results } = run;
  const { events, faults } = countedEvents(run);
  return [
    `Of ${formatCount(events)} events, ${formatCount(faults)} were lost, repeated or reordered.`,
    escapeMarkdown(
      `Measured on ${results.startedAt.slice(0, 10)} with ${optionsOf(run)}, on ${results.environment.cores} cores, ${whereMeasured(results)}.`,
    ),
    `Every figure's samples are in [${basename(file)}](${file}); the report names where.`,
  ].join("\n");
}

function countedEvents({ report: { integrity } }: ReportedRun): { readonly events: number; readonly faults: number } {
  return {
    events: integrity.reduce((sum, { received }) => sum + received, 0),
    faults: integrity.reduce((sum, { lost, repeated, reordered }) => sum + lost + repeated + reordered, 0),
  };
}

function optionsOf({ results: { options } }: ReportedRun): string {
  return `--${options.depth} --seed ${options.seed}`;
}

function whereMeasured(results: Results): string {
  const { target, link } = results.options;
  if (target !== null) return `against ${target}`;
  const used = instrumentsOf(results);
  return listOf([
    ...(used.has("loopback") ? ["over loopback without TLS"] : []),
    ...(used.has("network") ? [`over a ${link === undefined ? "network" : "recorded link"} between two kernels with TLS`] : []),
  ]);
}
