/** Several runs together, as Markdown. */
import { jsonInterval, jsonRatio } from "../analysis/json.ts";
import { markdownTable } from "../report/markdown-table.ts";
import { formatCount, formatDifference, formatInterval, formatRatioWithInterval, plural, statisticName } from "../report/words/format.ts";
import { shortVerdict } from "../report/words/verdicts.ts";
import { meanInterval, predictionInterval, type RunsTogether } from "../stats/index.ts";
import { hasSpread, type CombinedFigure, type Disagreement, type ResultsTogether } from "./combine-results.ts";

export function renderTogether({ files, figures, q, pairs }: ResultsTogether): string {
  return [
    `# ${plural(files.length, "run")} together`,
    files.map((file) => `- ${file}`).join("\n"),
    `${qWords(q)} ${pairs.map(pairWords).join(" ")}`,
    markdownTable(
      ["", "runs", "WebSocket ÷ SSE, each run", "over runs (95 %)", "another run (95 %)", "difference over runs", "Q, p", "verdict"],
      figures.map((figure) => row(figure, files)),
    ),
  ].join("\n\n");
}

function row(
  { title, condition, metric, statistic, runs, logRatio, difference, verdict }: CombinedFigure,
  files: readonly string[],
): string[] {
  const { q } = logRatio ?? difference;
  const inOrder = files.flatMap((file) => runs.find((run) => run.file === file) ?? []);
  return [
    `${title}: ${metric.label} ${statisticName(statistic)}, ${condition}`,
    formatCount(runs.length),
    inOrder.map(({ effects }) => (effects.logRatio === null ? "–" : Math.exp(effects.logRatio.mean).toFixed(2))).join(", "),
    logRatio === null ? "–" : formatRatioWithInterval(jsonRatio({ ...meanInterval(logRatio), mean: logRatio.mean })),
    logRatio === null ? "–" : predictedRatio(logRatio),
    formatDifference(difference.mean, metric.unit),
    hasSpread({ runs }) ? `${q.statistic.toFixed(1)}, ${q.pValue.toFixed(3)}` : "–",
    shortVerdict(verdict),
  ];
}

function predictedRatio(logRatio: RunsTogether): string {
  const { low, high } = predictionInterval(logRatio);
  return formatInterval(jsonInterval({ low: Math.exp(low), high: Math.exp(high) }));
}

function qWords({ settings, differ, allowed }: Disagreement): string {
  return `By Cochran's Q, the runs differ by more than their own errors at ${formatCount(differ)} of ${plural(settings, "setting")} at 5 %, each by its first figure; chance alone gives up to ${formatCount(allowed)}.`;
}

function pairWords({ between: [one, other], settings, differ, allowed }: ResultsTogether["pairs"][number]): string {
  return `Between ${one} and ${other}, they differ at ${formatCount(differ)} of ${formatCount(settings)} (chance: up to ${formatCount(allowed)}).`;
}
