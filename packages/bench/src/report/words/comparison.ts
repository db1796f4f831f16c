import type { Comparison, ScenarioAnalysis } from "../../analysis/facts/index.ts";
import type { Metric } from "../../results/schema.ts";
import { formatDifference, formatRatioWithInterval, formatValue, statisticName } from "./format.ts";
import { sizeWords } from "./size.ts";
import { verdictWords } from "./verdicts.ts";

/** The interval that is held against the smallest effect of interest, and that effect. */
const SIZE_COLUMN = "difference (90 %), of what would matter";

/** One row of a scenario's table, in words; the columns are those of {@link comparisonColumns}. */
export function comparisonRow(comparison: Comparison, metric: Metric, scenario: ScenarioAnalysis): string[] {
  const { effect, size } = comparison;
  return [
    `${metric.label}, ${statisticName(comparison.statistic)}`,
    ...scenario.arms.map(({ id }) => {
      const found = comparison.arms.find(({ arm }) => arm === id);
      if (found === undefined || found.samples === 0) return "–";
      return found.value === null ? "too few samples" : formatValue(found.value, metric.unit);
    }),
    effect === null ? "–" : formatRatioWithInterval(effect),
    effect === null ? "–" : formatDifference(effect.difference, metric.unit),
    verdictWords(comparison.verdict),
    size === null ? "–" : sizeWords(size, comparison.verdict, metric),
  ];
}

export function comparisonColumns(scenario: ScenarioAnalysis): string[] {
  return ["", ...scenario.arms.map(({ label }) => label), "WebSocket ÷ SSE (95 %)", "difference", "verdict", SIZE_COLUMN];
}
