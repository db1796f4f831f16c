import { basename } from "node:path";
import { headlines, placedComparisons, type Placed } from "../analysis/headline.ts";
import type { ClaimOutcome, ComparedArm, Comparison } from "../analysis/index.ts";
import { UsageError } from "../usage/errors.ts";
import type { Results } from "../results/schema.ts";
import type { Report } from "./build.ts";
import { decidingFigures, type DecidingFigure } from "./deciding-figures.ts";
import { escapeMarkdown } from "./words/escape.ts";
import { markdownTable } from "./markdown-table.ts";
import { applicationSentence, applicationTitle, applicationWords } from "./words/applications.ts";
import { claimText } from "./words/claims.ts";
import { effectWords } from "./words/evidence.ts";
import { formatCount, formatRatioWithInterval, formatValue, listOf, statisticName } from "./words/format.ts";
import { bytesWords } from "./words/memory.ts";
import { claimWords, NO_DIFFERENCE_WORDS, TOO_SMALL_WORDS, verdictWords } from "./words/verdicts.ts";

/** What a README shows of a report: what to choose for four kinds of application, and the few figures that decide it. */
export function renderVerdicts(results: Results, report: Report, file: string): string {
  const rows = report.applications.flatMap((application) => {
    const { id, outcome } = application;
    const answer = [`**${escapeMarkdown(applicationTitle(application))}**`, applicationWords(outcome)];
    const figures = (decidingFigures[id] ?? []).flatMap((figure) => figureCells(report, figure));
    const [first = [escapeMarkdown(applicationSentence(application)), "", ""], ...rest] = figures;
    return [[...answer, ...first], ...rest.map((cells) => ["", "", ...cells])];
  });
  return [
    [
      "| your application | choose | what decides it | SSE | WebSocket |",
      "|---|---|---|--:|--:|",
      ...rows.map((cells) => `| ${cells.join(" | ")} |`),
    ].join("\n"),
    [
      "Medians, or means where a median hides something. **Bold** is better by a difference that matters.\nRTT is the network's round trip.",
      `Neither is bold where a difference is ${TOO_SMALL_WORDS}, where the two are equivalent, and where the run cannot tell.`,
    ].join("\n"),
    `${claimCounts(report)}\n${provenance(results, report, file)}`,
  ].join("\n\n");
}

/** All that a report decides by: the claims, and the first figure of every scenario at every setting that was run. */
export function renderFigures(results: Results, report: Report, file: string): string {
  const claims = report.claims.map((claim) => [
    String(claim.number),
    claimText(claim).claim,
    claimWords(claim.outcome),
    effectWords(report.evidence, claim.number),
  ]);
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
    "## The claims",
    markdownTable(["#", "claim", "verdict", "WebSocket ÷ SSE (95 %)"], claims),
    "## The first figure of each setting",
    markdownTable(["", "SSE", "WebSocket", "WebSocket ÷ SSE (95 %)", "verdict"], figures),
    provenance(results, report, file),
  ].join("\n\n");
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

/** Of one claim, and of several. */
const claimCountWords: readonly (readonly [outcome: ClaimOutcome, one: string, several: string])[] = [
  ["confirmed", "is confirmed", "are confirmed"],
  ["refuted", "is refuted", "are refuted"],
  ["depends", "depends on the setting", "depend on the setting"],
  ["no-difference", `shows ${NO_DIFFERENCE_WORDS}`, `show ${NO_DIFFERENCE_WORDS}`],
  ["undecided", "is undecided", "are undecided"],
  ["not-enough-measured", "has too few of its scenarios measured", "have too few of their scenarios measured"],
  ["not-measured-here", "was not measured", "were not measured"],
];

function claimCounts({ claims }: Report): string {
  const counts = claimCountWords.flatMap(([outcome, one, several]) => {
    const count = claims.filter((claim) => claim.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : several}`];
  });
  return wrapped(`Of ${claims.length} claims that others make, ${listOf(counts)}.`);
}

/** As a document's lines are broken. */
function wrapped(text: string): string {
  return text.replaceAll(/(?=.{121})(.{1,120}) /g, "$1\n");
}

/** One sentence a line, which is as a document's lines are broken. */
function provenance({ options, environment, startedAt }: Results, { integrity }: Report, file: string): string {
  const events = integrity.reduce((sum, { received }) => sum + received, 0);
  const faults = integrity.reduce((sum, { lost, repeated, reordered }) => sum + lost + repeated + reordered, 0);
  const where = options.target === null ? "over loopback without TLS" : `against ${options.target}`;
  return [
    `Of ${formatCount(events)} events, ${formatCount(faults)} were lost, repeated or reordered.`,
    escapeMarkdown(
      `Measured on ${startedAt.slice(0, 10)} with --${options.depth} --seed ${options.seed}, on ${environment.cores} cores, ${where}.`,
    ),
    `Every figure's samples are in [${basename(file)}](${file}); the report names where.`,
  ].join("\n");
}

const BEGIN = /<!-- verdicts:begin(?: (\S+))? -->/;
const END = "<!-- verdicts:end -->";

/** What stands between the markers of a document, and the file that it says it came from. @throws UsageError where there are no markers */
export function verdictsIn(document: string): {
  readonly file: string | undefined;
  readonly text: string;
  readonly from: number;
  readonly to: number;
} {
  const begin = BEGIN.exec(document);
  const to = document.indexOf(END);
  if (begin === null || to < begin.index) throw new UsageError(`There is no <!-- verdicts:begin --> … ${END} to put the verdicts between.`);
  const from = begin.index + begin[0].length;
  return { file: begin[1], text: document.slice(from, to).trim(), from: begin.index, to: to + END.length };
}

export function replaceVerdicts(document: string, file: string, verdicts: string): string {
  const { from, to } = verdictsIn(document);
  return `${document.slice(0, from)}<!-- verdicts:begin ${file} -->\n${verdicts}\n${END}${document.slice(to)}`;
}
