import { backAt } from "../analysis/herd.ts";
import type { ArmIntegrity, ConditionAnalysis, Herd, ScenarioAnalysis, SlopeSet } from "../analysis/index.ts";
import { rawPath } from "../raw/path.ts";
import type { Results, ScenarioResult } from "../results/schema.ts";
import type { Report } from "./build.ts";
import { chip, faultCell, figures, legend, onDemand, paragraph, plain, prose, rawLine, table, verdictCell } from "./elements.ts";
import { escapeHtml } from "./words/escape.ts";
import { peersHtml } from "./peers.ts";
import { questionRows } from "./question-rows.ts";
import { ecdfFigure, quantileFigure } from "./plots/distribution.ts";
import { slopeFigure } from "./plots/slope.ts";
import { herdFigures, timelineFigure } from "./plots/timeline.ts";
import type { Figure } from "./plots/draw.ts";
import { comparisonColumns, comparisonRow } from "./words/comparison.ts";
import { factorialWords } from "./words/factorial.ts";
import { formatCount, formatValue } from "./words/format.ts";
import { bytesIntervalWords, bytesWords, factorWords } from "./words/memory.ts";
import { ONE_CLOCK } from "./words/method.ts";
import { EFFECTS_TITLE, QUESTIONS, unfinishedWords } from "./words/page.ts";
import { notRunSentences, otherFigures, outcomeWords, scenarioSentence } from "./words/scenario.ts";
import { steadinessSentence } from "./words/steadiness.ts";
import { failureWords } from "./words/totals.ts";

/** What a question's page is made from. */
interface Source {
  readonly results: Results;
  readonly report: Report;
  readonly rawFile: string;
}

/** All of them: those that were measured, one closed page each, and the others with their reasons in one. */
export function questionSections(source: Source): string {
  const { scenarios } = source.report;
  const measured = scenarios.filter(({ notRun }) => notRun === null).map((scenario) => questionSection(scenario, source));
  const others = scenarios.filter(({ notRun }) => notRun !== null).map(notRunSection);
  const rest =
    others.length === 0
      ? ""
      : `<details class="not-run"><summary>${QUESTIONS.notRun}: ${others.length}</summary>${others.join("")}</details>`;
  return `<h2 id="questions">${QUESTIONS.title}</h2>${paragraph(QUESTIONS.key, "key")}${measured.join("\n")}${rest}`;
}

function notRunSection(scenario: ScenarioAnalysis): string {
  const id = escapeHtml(scenario.name);
  return `<section class="scenario" aria-labelledby="${id}"><h3 id="${id}">${escapeHtml(scenario.title)}</h3><p>${escapeHtml(scenario.question)} ${escapeHtml(scenarioSentence(scenario))}</p></section>`;
}

/**
 * A page: a row for each setting; on demand how it measures, and for each setting its plots, their table, and where the samples are. A link to it leads to what is inside, because a browser opens what is around the place that it goes to.
 */
function questionSection(scenario: ScenarioAnalysis, { results, report, rawFile }: Source): string {
  const result = results.scenarios.find(({ name }) => name === scenario.name);
  if (result === undefined) return "";
  const id = escapeHtml(scenario.name);
  const hasBlocks = result.blocks.length > 0;
  const summary = `<summary><h3 id="${id}-title">${escapeHtml(scenario.title)}</h3><span class="asks">${escapeHtml(scenario.question)}</span>${chip(
    scenario.outcome,
    outcomeWords(scenario),
  )}</summary>`;
  const parts = [
    report.target === null ? "" : paragraph(ONE_CLOCK, "notice"),
    // Cut off before its first block: empty tables would look like a fault.
    hasBlocks ? questionRows(scenario) : paragraph(unfinishedWords(results), "bad"),
    ...notRunSentences(scenario).map((sentence) => paragraph(sentence, "rest")),
    ...scenario.failures.map((failure) => paragraph(failureWords(failure), "bad")),
    factorialHtml(scenario, report, rawFile),
    howItWasMeasured(scenario),
    ...(hasBlocks ? scenario.conditions.map((one) => conditionHtml(one, scenario, result, report, rawFile)) : []),
    ...report.memory.filter((one) => one.scenario === scenario.name).map((set) => slopeHtml(set, scenario, rawFile)),
  ];
  return `<section class="scenario" aria-labelledby="${id}-title"><details>${summary}<div class="question" id="${id}">${parts.join("")}</div></details></section>`;
}

function howItWasMeasured(scenario: ScenarioAnalysis): string {
  return onDemand(
    QUESTIONS.how,
    [
      paragraph(scenario.method, "method"),
      paragraph(steadinessSentence(scenario.steadiness), "method"),
      ...[scenarioSentence(scenario), ...otherFigures(scenario)].map((sentence) => paragraph(sentence, "rest")),
      integrityTable(scenario.integrity, `${scenario.title}: what arrived`),
    ].join(""),
    4,
  );
}

function conditionHtml(
  analysed: ConditionAnalysis,
  scenario: ScenarioAnalysis,
  result: ScenarioResult,
  report: Report,
  rawFile: string,
): string {
  const { condition, comparisons } = analysed;
  // Its row has the reason.
  if (condition.notRun !== undefined) return "";
  const herd = report.herds.find((one) => one.scenario === scenario.name && one.condition === condition.id);
  const ours = { ...result, arms: [...scenario.arms] };
  const timeline = timelineFigure(ours, condition.id);
  const drawn = [
    ...distributions(ours, condition.id),
    ...(timeline === undefined ? [] : [timeline]),
    ...(herd === undefined ? [] : herdFigures(herd, scenario.arms)),
  ];
  const rows = comparisons.flatMap((comparison) => {
    const metric = scenario.metrics.find(({ id }) => id === comparison.metric);
    if (metric === undefined) return [];
    const words = comparisonRow(comparison, metric, scenario);
    return [[...words.slice(0, -2).map(plain), verdictCell(comparison.verdict, true), prose(words.at(-1) ?? "")]];
  });
  const columns = comparisonColumns(scenario).map((name, index, all) => (index >= all.length - 2 ? prose(name) : plain(name)));
  const paths = [
    ...report.sources.filter((one) => one.scenario === scenario.name && one.condition === condition.id).map(({ path }) => path),
    ...(timeline === undefined && herd === undefined
      ? []
      : [rawPath({ scenario: scenario.name, condition: condition.id, kind: "timeline" })]),
  ];
  return onDemand(
    `${condition.label}: ${QUESTIONS.setting}`,
    [
      drawn.length === 0 ? "" : legend(scenario.arms),
      figures(drawn),
      table(`${scenario.title}, ${condition.label}: ${formatCount(comparisons[0]?.groups ?? 0)} pair groups`, columns, rows),
      herd === undefined ? "" : herdTable(herd),
      peersHtml(analysed, scenario, result),
      rawLine(rawFile, paths),
    ].join(""),
    4,
  );
}

/** The headline's distribution and tail. */
function distributions(result: ScenarioResult, condition: string): Figure[] {
  const metric = result.metrics[0];
  if (metric === undefined) return [];
  return [ecdfFigure(result, condition, metric), quantileFigure(result, condition, metric)].filter((figure) => figure !== undefined);
}

function herdTable({ arms }: Herd): string {
  const columns = ["", "clients", "blocks", "most attempts in 100 ms", "50 % back", "95 % back", "all back", "never back"].map(plain);
  const rows = arms.map((arm) => [
    plain(arm.label),
    plain(formatCount(Math.round(arm.clients))),
    plain(formatCount(arm.blocks)),
    plain(formatValue(Math.max(0, ...arm.attempts), "count")),
    ...[0.5, 0.95, 1].map((share) => plain(formatValue(backAt(arm, share), "ms"))),
    plain(formatCount(arm.away)),
  ]);
  return table("Mass reconnect: attempts, and when clients were back", columns, rows);
}

function slopeHtml(set: SlopeSet, scenario: ScenarioAnalysis, rawFile: string): string {
  const rows = set.slopes.map(({ label, slope, intercept, interval, points }) => [
    plain(label),
    plain(bytesWords(slope)),
    plain(bytesIntervalWords(interval)),
    plain(bytesWords(intercept)),
    plain(formatCount(points.length)),
  ]);
  const name = factorWords(set.value);
  return onDemand(
    `${name}, for each one more`,
    `${legend(scenario.arms.filter(({ id }) => set.slopes.some(({ arm }) => arm === id)))}${figures([slopeFigure(set, scenario.arms)])}${table(
      `${name}: slope over ${factorWords(set.factor)}, least squares`,
      ["", "each one more", "95 %", "with none", "blocks"].map(plain),
      rows,
    )}${rawLine(rawFile, [rawPath({ scenario: scenario.name, kind: "values", name: set.value })])}`,
    4,
  );
}

function factorialHtml(scenario: ScenarioAnalysis, report: Report, rawFile: string): string {
  const words = factorialWords(scenario);
  if (words === null) return "";
  const tables = [words.values, words.effects].map(({ caption, columns, rows }) =>
    table(
      caption,
      columns.map(plain),
      rows.map((row) => row.map(plain)),
    ),
  );
  const conditions = new Set(scenario.factorial.flatMap(({ conditions: { new: one, whole } }) => [one, whole]));
  const paths = report.sources.filter(
    (one) => one.scenario === scenario.name && conditions.has(one.condition) && one.metric === scenario.factorial[0]?.metric,
  );
  return [
    `<h4>${EFFECTS_TITLE}</h4>`,
    `<ul>${words.sentences.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join("")}</ul>`,
    ...tables,
    paragraph(words.howToRead, "method"),
    rawLine(
      rawFile,
      paths.map(({ path }) => path),
    ),
  ].join("");
}

export function integrityTable(integrity: readonly ArmIntegrity[], caption: string): string {
  if (integrity.length === 0) return "";
  const rows = integrity.map(({ label, blocks, expected, received, lost, repeated, reordered }) => [
    plain(label),
    ...[blocks, expected, received].map((count) => plain(formatCount(count))),
    ...[lost, repeated, reordered].map(faultCell),
  ]);
  return table(caption, ["", "blocks", "events expected", "received", "lost", "repeated", "reordered"].map(plain), rows);
}
