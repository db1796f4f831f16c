/** What browsers do on a network, by all runs that measured it: a table that a README shows, and no verdict. */
import { groupSamples, isCompared, usableBlocks } from "../analysis/groups.ts";
import { instrumentOf } from "../analysis/instrument.ts";
import { haveAlikeFactors } from "../results/alike-factors.ts";
import type { Condition, ScenarioResult } from "../results/schema.ts";
import { meanOf, samplesNeeded, statisticOf } from "../stats/index.ts";
import { networkColumns, networkFigures, type NetworkColumn, type NetworkFigure } from "./network-figures.ts";
import { wrapped } from "./sessions-markdown.ts";
import { runName, type ReportedRun } from "./verdict-table.ts";
import { escapeMarkdown } from "./words/escape.ts";
import { listOf, plural, statisticName } from "./words/format.ts";

export type NetworkRun = Pick<ReportedRun, "file" | "results">;

/** A row as one run has it: the values of the columns, at least one of which is there. */
interface MeasuredRow {
  readonly run: NetworkRun;
  readonly values: readonly (number | null)[];
}

const NONE = "–";
const MS_PER_S = 1_000;

/** @returns `null` where no run measured any of it */
export function renderNetwork(runs: readonly NetworkRun[]): string | null {
  const rows = networkFigures
    .map((figure) => ({ figure, measured: measuredBy(runs, figure) }))
    .filter(({ measured }) => measured.length > 0);
  if (rows.length === 0) return null;
  const used = runs.filter((run) => rows.some(({ measured }) => measured.some((one) => one.run === run)));
  const heads = networkColumns.map(({ label, isDefault }) => (isDefault ? `**${label}**` : label));
  return [
    [
      `| | runs | ${heads.join(" | ")} |`,
      `|---|---|${heads.map(() => "--:").join("|")}|`,
      ...rows.map(({ figure, measured }) => `| ${[labelOf(figure), runsCell(used, measured), ...cellsOf(figure, measured)].join(" | ")} |`),
    ].join("\n"),
    wrapped(`${HOW_TO_READ} ${runsSentence(used)}`),
  ].join("\n\n");
}

const HOW_TO_READ =
  "Lower is better. A cell is the mean of its runs. Brackets hold the lowest and the highest run, where these do not round to the same.";

function labelOf({ label: { what, where }, statistic }: NetworkFigure): string {
  return `${what} ${statisticName(statistic)}, ${where}`;
}

/** `The runs are a [network-4](…) and b [network-3](…).` */
function runsSentence(used: readonly NetworkRun[]): string {
  const named = used.map((run, index) => `${letterOf(index)} [${escapeMarkdown(runName(run))}](${run.file})`);
  return named.length === 1 ? `The run is ${listOf(named)}.` : `The runs are ${listOf(named)}.`;
}

function letterOf(index: number): string {
  return (10 + index).toString(36);
}

/** `4 (a–d)`, `3 (a, b, d)`, `1 (e)`. */
function runsCell(used: readonly NetworkRun[], measured: readonly MeasuredRow[]): string {
  const at = used.flatMap((run, index) => (measured.some((one) => one.run === run) ? [index] : []));
  const [first = 0, last = 0] = [at[0], at.at(-1)];
  const isSpan = at.length > 2 && last - first === at.length - 1;
  return `${at.length} (${isSpan ? `${letterOf(first)}–${letterOf(last)}` : at.map(letterOf).join(", ")})`;
}

/** Of a row one unit: a column is read from top to bottom, and a row from left to right. */
function cellsOf({ unit }: NetworkFigure, measured: readonly MeasuredRow[]): string[] {
  const columns = networkColumns.map((_, column) => measured.flatMap(({ values }) => values[column] ?? []));
  const inSeconds = unit === "ms" && columns.flat().some((value) => value >= MS_PER_S);
  const format = (value: number): string => (inSeconds ? secondsOf(value) : shortNumber(value));
  const suffix = inSeconds ? " s" : unit === "ms" ? " ms" : "";
  return columns.map((values) => {
    if (values.length === 0) return NONE;
    const [low, high] = [format(Math.min(...values)), format(Math.max(...values))];
    const notes = [
      ...(low === high ? [] : [`${low}–${high}`]),
      ...(values.length === measured.length ? [] : [plural(values.length, "run")]),
    ];
    return `${format(meanOf(values))}${suffix}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
  });
}

function secondsOf(ms: number): string {
  const seconds = ms / MS_PER_S;
  return seconds.toFixed(seconds < 1 ? 2 : 1);
}

function shortNumber(value: number): string {
  return value.toFixed(value >= 10 || Number.isInteger(value) ? 0 : 1);
}

/** The first run says what the setting is. */
function measuredBy(runs: readonly NetworkRun[], figure: NetworkFigure): MeasuredRow[] {
  const rows = runs.flatMap((run) => {
    const found = findIn(run, figure);
    if (found === undefined) return [];
    const values = networkColumns.map(({ arm }) => valueIn(found.scenario, figure, arm));
    return values.every((value) => value === null) ? [] : [{ run, values, factors: found.factors }];
  });
  return rows.filter(({ factors }) => haveAlikeFactors(rows[0]?.factors ?? {}, factors));
}

function findIn(
  { results: { scenarios, options } }: NetworkRun,
  { scenario: name, condition, recording }: NetworkFigure,
): { readonly scenario: ScenarioResult; readonly factors: Condition["factors"] } | undefined {
  if (recording !== undefined && options.link?.includes(`${recording}.`) !== true) return undefined;
  const scenario = scenarios.find((one) => one.name === name);
  const factors = scenario?.conditions.find(({ id }) => id === condition)?.factors;
  if (scenario === undefined || factors === undefined) return undefined;
  return instrumentOf(scenario, options.target !== null) === "network" ? { scenario, factors } : undefined;
}

/** Of the same blocks as a report's figure. */
function valueIn(
  scenario: ScenarioResult,
  { condition, from: { kind, name }, statistic }: NetworkFigure,
  arm: NetworkColumn["arm"],
): number | null {
  const measured = kind === "samples" ? scenario : { ...scenario, blocks: scenario.blocks.map((block) => withValue(block, name)) };
  const { complete } = groupSamples(measured, condition, name);
  const samples =
    isCompared(arm) && complete.length > 0
      ? complete.flatMap((group) => group[arm]).flat()
      : usableBlocks(measured, condition, arm, name).flatMap((block) => block.samples[name] ?? []);
  return samples.length < samplesNeeded(statistic) ? null : statisticOf(samples, statistic);
}

/** A block's single value, as if it were a metric of one sample. */
function withValue(block: ScenarioResult["blocks"][number], name: string): ScenarioResult["blocks"][number] {
  const value = block.values[name];
  return { ...block, samples: value === undefined ? {} : { [name]: [value] } };
}
