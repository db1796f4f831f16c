import type { Comparison, ScenarioAnalysis } from "../../analysis/facts/index.ts";
import type { Metric } from "../../results/schema.ts";
import { armName, formatDifference, formatInterval, formatRatioWithInterval, formatValue, quantileName } from "./format.ts";
import { verdictWords } from "./verdicts.ts";

/** One row of a scenario's table, in words; the columns are those of {@link comparisonColumns}. */
export function comparisonRow(comparison: Comparison, metric: Metric, scenario: ScenarioAnalysis): string[] {
  const { effect, controls } = comparison;
  return [
    `${metric.label}, ${quantileName(comparison.quantile)}`,
    ...scenario.arms.map(({ id }) => {
      const found = comparison.arms.find(({ arm }) => arm === id);
      if (found === undefined || found.samples === 0) return "–";
      return found.value === null ? "too few samples" : formatValue(found.value, metric.unit);
    }),
    effect === null ? "–" : formatRatioWithInterval(effect),
    effect === null ? "–" : formatDifference(effect.difference, metric.unit),
    verdictWords(comparison.verdict),
    controls.length === 0 ? "–" : controls.map(({ arm, interval }) => `${armName(arm)} ${formatInterval(interval)}`).join(", "),
  ];
}

export function comparisonColumns(scenario: ScenarioAnalysis): string[] {
  return ["", ...scenario.arms.map(({ label }) => label), "WebSocket ÷ SSE (95 %)", "difference", "verdict", "control (A/A)"];
}
