import { formatCount } from "../analysis/format.ts";
import type { Analysis } from "../analysis/index.ts";
import type { Results } from "../results/schema.ts";
import { escapeMarkdown } from "./escape.ts";
import { claimWords, comparisonColumns, comparisonRow, environmentRows, limitsWords, methodWords } from "./words.ts";

/** The same content for a pull request: everything but the plots. */
export function renderMarkdown(results: Results, analysis: Analysis): string {
  const parts: string[] = ["# Server-Sent Events or WebSocket, measured", ...analysis.answer.map(escapeMarkdown)];
  for (const scenario of analysis.scenarios) {
    parts.push(
      `## ${escapeMarkdown(scenario.title)}`,
      escapeMarkdown(scenario.question),
      `**${escapeMarkdown(scenario.verdict.sentence)}**`,
    );
    if (scenario.verdict.rest !== null) parts.push(escapeMarkdown(scenario.verdict.rest));
    for (const { condition, comparisons } of scenario.conditions) {
      const rows = comparisons.flatMap((comparison) => {
        const metric = scenario.metrics.find(({ id }) => id === comparison.metric);
        return metric === undefined ? [] : [comparisonRow(comparison, metric, scenario)];
      });
      const body =
        condition.notRun === undefined ? table(comparisonColumns(scenario), rows) : `Not run: ${escapeMarkdown(condition.notRun)}`;
      parts.push(`### ${escapeMarkdown(condition.label)}`, body);
    }
    for (const failure of scenario.failures) parts.push(`- ${escapeMarkdown(failure)}`);
  }
  parts.push(
    "## The claims",
    table(
      ["#", "claim", "verdict", "because"],
      analysis.claims.map(({ number, claim, outcome, sentence }) => [String(number), claim, claimWords(outcome), sentence]),
    ),
    "## What arrived",
    table(
      ["", "expected", "received", "lost", "repeated", "reordered"],
      analysis.integrity.map(({ label, ...counts }) => [
        label,
        ...[counts.expected, counts.received, counts.lost, counts.repeated, counts.reordered].map(formatCount),
      ]),
    ),
    "## How it was measured",
    ...methodWords.map(escapeMarkdown),
    escapeMarkdown(analysis.control.sentence),
    ...limitsWords.map(escapeMarkdown),
    table(["", ""], environmentRows(results)),
  );
  return `${parts.join("\n\n")}\n`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(escapeMarkdown).join(" | ")} |`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(columns), `|${columns.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
