import { headlineOf } from "../analysis/headline.ts";
import type { Report } from "./build.ts";
import { link, plain, prose, table, verdictCell, type Cell } from "./elements.ts";
import { comparisonRow } from "./words/comparison.ts";
import { SUMMARY } from "./words/page.ts";

/** Each scenario's headline at each of its settings. */
export function summary({ scenarios }: Report): string {
  const rows = scenarios.flatMap((scenario): Cell[][] => {
    const name: Cell = { html: link(scenario.name, scenario.title) };
    const notRun = (why: string): Cell[] => [name, prose(why), plain("–"), plain("–"), plain("–"), prose("not run")];
    if (scenario.notRun !== null) return [notRun(`not run: ${scenario.notRun}`)];
    return scenario.conditions.flatMap(({ condition }) => {
      if (condition.notRun !== undefined) return [notRun(`${condition.label}: not run: ${condition.notRun}`)];
      const headline = headlineOf(scenario, { condition });
      if (headline === undefined) return [];
      const words = comparisonRow(headline.comparison, headline.metric, scenario);
      const value = (arm: string): Cell => plain(words[1 + scenario.arms.findIndex(({ id }) => id === arm)] ?? "–");
      return [
        [
          name,
          prose(`${condition.label}: ${words[0]}`),
          value("sse"),
          value("ws"),
          plain(words[1 + scenario.arms.length] ?? "–"),
          verdictCell(headline.comparison.verdict, false),
        ],
      ];
    });
  });
  return `<section aria-labelledby="verdicts"><h2 id="verdicts">${SUMMARY.title}</h2>${table(
    SUMMARY.caption,
    [
      prose("scenario"),
      prose("setting"),
      { html: '<span class="sse">SSE</span>' },
      { html: '<span class="ws">WebSocket</span>' },
      plain("WebSocket ÷ SSE (95 %)"),
      prose("verdict"),
    ],
    rows,
  )}</section>`;
}
