import { formatCount, formatRatioWithInterval, formatValue, quantileName } from "../analysis/format.ts";
import { headlines } from "../analysis/headline.ts";
import { UsageError } from "../errors.ts";
import type { Results } from "../results/schema.ts";
import type { Report } from "./build.ts";
import { escapeMarkdown } from "./escape.ts";
import { markdownTable } from "./markdown-table.ts";
import { applicationWords, claimWords, effectWords, verdictWords } from "./words.ts";

/** What a README shows of a report: the four answers, the claims, and the first figure of every scenario at every setting that was run. */
export function renderVerdicts(results: Results, report: Report, file: string): string {
  const figures = report.scenarios.flatMap((scenario) =>
    headlines(scenario).map(({ condition, metric, comparison }) => {
      const value = (arm: string): string => formatValue(comparison.arms.find((one) => one.arm === arm)?.value ?? null, metric.unit);
      return [
        `${scenario.title}: ${metric.label} ${quantileName(comparison.quantile)}, ${condition.label}`,
        value("sse"),
        value("ws"),
        comparison.effect === null ? "–" : formatRatioWithInterval(comparison.effect),
        verdictWords(comparison.verdict),
      ];
    }),
  );
  const claims = report.claims.map(({ number, claim, outcome }) => [
    String(number),
    claim,
    claimWords(outcome),
    effectWords(report.evidence, number),
  ]);
  const events = report.integrity.reduce((sum, { received }) => sum + received, 0);
  const faults = report.integrity.reduce((sum, { lost, repeated, reordered }) => sum + lost + repeated + reordered, 0);
  const { depth, seed } = results.options;
  return [
    markdownTable(
      ["your application", "take", "because"],
      report.applications.map(({ title, outcome, sentence }) => [title, applicationWords(outcome), sentence]),
    ),
    markdownTable(["#", "claimed", "verdict", "WebSocket ÷ SSE (95 %)"], claims),
    folded(figures.length, markdownTable(["", "SSE", "WebSocket", "WebSocket ÷ SSE (95 %)", "verdict"], figures)),
    escapeMarkdown(
      `Of ${formatCount(events)} events, ${formatCount(faults)} were lost, repeated or reordered. Measured on ${results.startedAt.slice(0, 10)} with --${depth} --seed ${seed}, ` +
        `${results.environment.cores} cores, ${results.options.target ?? "loopback: no TLS, no network"}.`,
    ) + ` Every figure's samples are in [${file}](${file}); the report names where.`,
  ].join("\n\n");
}

/** A reader of a README comes for other things too. */
const MOST_ROWS_SHOWN = 20;

function folded(rows: number, table: string): string {
  if (rows <= MOST_ROWS_SHOWN) return table;
  return `<details>\n<summary>The first figure of each scenario at each of ${rows} settings</summary>\n\n${table}\n\n</details>`;
}

const BEGIN = /<!-- verdicts:begin(?: (\S+))? -->/;
const END = "<!-- verdicts:end -->";

/** What stands between the markers of a README, and the file that it says it came from. @throws UsageError where there are no markers */
export function verdictsIn(readme: string): {
  readonly file: string | undefined;
  readonly text: string;
  readonly from: number;
  readonly to: number;
} {
  const begin = BEGIN.exec(readme);
  const to = readme.indexOf(END);
  if (begin === null || to < begin.index) throw new UsageError(`There is no <!-- verdicts:begin --> … ${END} to put the verdicts between.`);
  const from = begin.index + begin[0].length;
  return { file: begin[1], text: readme.slice(from, to).trim(), from: begin.index, to: to + END.length };
}

export function replaceVerdicts(readme: string, file: string, verdicts: string): string {
  const { from, to } = verdictsIn(readme);
  return `${readme.slice(0, from)}<!-- verdicts:begin ${file} -->\n${verdicts}\n${END}${readme.slice(to)}`;
}
