import { extremes } from "../analysis/evidence.ts";
import type { EvidencePoint } from "../analysis/index.ts";
import { headlineOf } from "../analysis/headline.ts";
import type { Report } from "./build.ts";
import { chip, link, paragraph, plain, prose, table, verdictCell, type Cell } from "./elements.ts";
import { escapeHtml } from "./words/escape.ts";
import { claimSentence, claimText } from "./words/claims.ts";
import { comparisonRow } from "./words/comparison.ts";
import { formatRatioWithInterval, statisticName } from "./words/format.ts";
import { CLAIMS, SUMMARY } from "./words/page.ts";
import { shortClaim } from "./words/verdicts.ts";

/** The nine claims, each with its effect and interval. A list and not a table: on a phone its parts stand below one another. */
export function claims({ claims, evidence, scenarios }: Report): string {
  const items = claims.map((one) => {
    const { number, outcome } = one;
    const { claim, source } = claimText(one);
    const own = evidence.find((of) => of.number === number);
    const effects = own === undefined ? [] : extremes(own).map(evidenceHtml);
    return `<li value="${number}"><p class="claim">${escapeHtml(claim)} <span class="reason">${escapeHtml(source)}</span></p><p>${chip(
      outcome,
      shortClaim(outcome),
    )}</p><p>${effects.join("<br>") || `<span class="reason">${CLAIMS.none}</span>`}</p><p>${escapeHtml(claimSentence(one, scenarios))}</p></li>`;
  });
  return `<section aria-labelledby="claims"><h2 id="claims">${CLAIMS.title}</h2>${paragraph(CLAIMS.key, "key")}<ol class="claims">${items.join("")}</ol></section>`;
}

function evidenceHtml(point: EvidencePoint): string {
  return `<span class="ratio">${escapeHtml(formatRatioWithInterval(point))}</span> <span class="reason">${escapeHtml(`${point.condition}, ${point.metric} ${statisticName(point.statistic)}`)}</span>`;
}

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
