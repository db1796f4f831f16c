import { backAt } from "../analysis/herd.ts";
import type { Results } from "../results/schema.ts";
import type { Report } from "./build.ts";
import { claimsMarkdown } from "./claims.ts";
import { escapeMarkdown } from "./words/escape.ts";
import { mapMarkdown } from "./map.ts";
import { markdownTable as table } from "./markdown-table.ts";
import { moneyMarkdown, type Beside } from "./money.ts";
import { peersMarkdown } from "./peers.ts";
import { sessionsMarkdown } from "./sessions-markdown.ts";
import { answerSentences } from "./words/answer.ts";
import { comparisonColumns, comparisonRow } from "./words/comparison.ts";
import { factorialWords } from "./words/factorial.ts";
import { formatCount, formatValue } from "./words/format.ts";
import { bytesIntervalWords, bytesWords, factorWords } from "./words/memory.ts";
import { environmentRows, limitsWords, methodWords, ONE_CLOCK, spoilWords } from "./words/method.ts";
import { ANSWER, EFFECTS_TITLE, HEADING, MEASURED_REMOTELY, METHOD_TITLE, notRunWords, SIZES_TITLE, THREATS_TITLE } from "./words/page.ts";
import { restOfScenario, scenarioSentence } from "./words/scenario.ts";
import { smallestColumns, smallestRows } from "./words/smallest.ts";
import { steadinessSentence } from "./words/steadiness.ts";
import { busyWords, failureWords } from "./words/totals.ts";

/** The same content for a pull request: everything but the plots. */
export function renderMarkdown(results: Results, report: Report, { rawFile = "results.json", money = null }: Beside = {}): string {
  const busy = busyWords(report);
  const parts: string[] = [
    `# ${HEADING}`,
    ...(busy === null ? [] : [`**${escapeMarkdown(busy)}**`]),
    ...(report.target === null ? [] : [`**${MEASURED_REMOTELY}** ${escapeMarkdown(ONE_CLOCK)}`]),
    `## ${ANSWER.title}`,
    sessionsMarkdown(report.sessions),
    ...(money === null ? [] : moneyMarkdown(money)),
    ...mapMarkdown(report, rawFile),
    ...answerSentences(report).map(escapeMarkdown),
    "## The claims",
    claimsMarkdown(report.claims, report.scenarios),
    ...report.scenarios.flatMap((scenario) => scenarioParts(scenario, report, rawFile)),
    "## What arrived",
    table(
      ["", "expected", "received", "lost", "repeated", "reordered"],
      report.integrity.map(({ label, ...counts }) => [
        label,
        ...[counts.expected, counts.received, counts.lost, counts.repeated, counts.reordered].map(formatCount),
      ]),
    ),
    `## ${METHOD_TITLE}`,
    ...methodWords(results).map(escapeMarkdown),
    `### ${SIZES_TITLE}`,
    table(smallestColumns, smallestRows(report)),
    table(["", ""], environmentRows(results)),
    `## ${THREATS_TITLE}`,
    ...[...spoilWords(results, report), ...limitsWords(results)].map(escapeMarkdown),
  ];
  return `${parts.join("\n\n")}\n`;
}

function scenarioParts(scenario: Report["scenarios"][number], report: Report, rawFile: string): string[] {
  const parts = [
    `## ${escapeMarkdown(scenario.title)}`,
    escapeMarkdown(scenario.question),
    `**${escapeMarkdown(scenarioSentence(scenario))}**`,
  ];
  if (scenario.notRun !== null) return parts;
  const rest = restOfScenario(scenario);
  if (rest !== null) parts.push(escapeMarkdown(rest));
  parts.push(escapeMarkdown(scenario.method), escapeMarkdown(steadinessSentence(scenario.steadiness)));
  const factorial = factorialWords(scenario);
  if (factorial !== null) {
    parts.push(`### ${EFFECTS_TITLE}`, factorial.sentences.map((sentence) => `- ${escapeMarkdown(sentence)}`).join("\n"));
    for (const { caption, columns, rows } of [factorial.values, factorial.effects])
      parts.push(
        table(
          [caption, ...columns.slice(1)],
          rows.map((row) => [...row]),
        ),
      );
    parts.push(escapeMarkdown(factorial.howToRead));
  }
  for (const analysed of scenario.conditions) {
    const { condition, comparisons } = analysed;
    if (condition.notRun !== undefined) {
      parts.push(`### ${escapeMarkdown(condition.label)}`, escapeMarkdown(notRunWords(condition.notRun)));
      continue;
    }
    const rows = comparisons.flatMap((comparison) => {
      const metric = scenario.metrics.find(({ id }) => id === comparison.metric);
      return metric === undefined ? [] : [comparisonRow(comparison, metric, scenario)];
    });
    parts.push(`### ${escapeMarkdown(condition.label)}`, table(comparisonColumns(scenario), rows));
    const herd = report.herds.find((one) => one.scenario === scenario.name && one.condition === condition.id);
    if (herd !== undefined) {
      const back = herd.arms.map((arm) => [
        arm.label,
        ...[0.5, 0.95, 1].map((share) => formatValue(backAt(arm, share), "ms")),
        formatCount(arm.away),
      ]);
      parts.push(table(["mass reconnect", "50 % back", "95 % back", "all back", "never back"], back));
    }
    parts.push(...peersMarkdown(analysed, scenario));
    const paths = report.sources.filter((one) => one.scenario === scenario.name && one.condition === condition.id);
    if (paths.length > 0) parts.push(`Raw samples in \`${rawFile}\`: ${paths.map(({ path }) => `\`${path}\``).join(", ")}`);
  }
  for (const { value, factor, slopes } of report.memory.filter((one) => one.scenario === scenario.name)) {
    const rows = slopes.map(({ label, slope, interval }) => [label, bytesWords(slope), bytesIntervalWords(interval)]);
    parts.push(table([factorWords(value), `for each one more (${factorWords(factor)})`, "95 %"], rows));
  }
  for (const failure of scenario.failures) parts.push(`- ${escapeMarkdown(failureWords(failure))}`);
  return parts;
}
