import { headlineOf } from "../analysis/headline.ts";
import type { ScenarioAnalysis } from "../analysis/index.ts";
import { plain, prose, table, verdictCell, type Cell } from "./elements.ts";
import { comparisonRow } from "./words/comparison.ts";

/** A row a setting: what each transport takes, the effect with its interval, and the verdict. All else is below it, on demand. */
export function questionRows(scenario: ScenarioAnalysis): string {
  const figures = scenario.conditions.map(({ condition }) => {
    const headline = headlineOf(scenario, { condition });
    return { condition, headline, words: headline === undefined ? [] : comparisonRow(headline.comparison, headline.metric, scenario) };
  });
  // The same for most: where a median hides something, the mean is there.
  const usual = figures.find(({ headline }) => headline !== undefined)?.words[0] ?? "";
  const rows = figures.flatMap(({ condition, headline, words }): Cell[][] => {
    if (headline === undefined) return [];
    const [figure = "", ...others] = words;
    const value = (arm: string): Cell => plain(others[scenario.arms.findIndex(({ id }) => id === arm)] ?? "–");
    const [ratio = "–", difference = "–"] = others.slice(scenario.arms.length);
    const label = figure === usual ? condition.label : `${condition.label} (${figure})`;
    return [[plain(label), value("sse"), value("ws"), plain(ratio), plain(difference), verdictCell(headline.comparison.verdict, false)]];
  });
  if (rows.length === 0) return "";
  return table(
    usual === "" ? scenario.title : `${scenario.title}: ${usual}`,
    [
      plain(""),
      { html: '<span class="sse">SSE</span>' },
      { html: '<span class="ws">WebSocket</span>' },
      plain("WebSocket ÷ SSE (95 %)"),
      plain("difference"),
      prose("verdict"),
    ],
    rows,
    "rows",
  );
}
