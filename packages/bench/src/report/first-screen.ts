import { extremes } from "../analysis/evidence.ts";
import type { ApplicationAnswer, ApplicationPoint, EvidencePoint } from "../analysis/index.ts";
import { headlineOf } from "../analysis/headline.ts";
import type { Report } from "./build.ts";
import { chip, link, paragraph, plain, prose, table, verdictCell, type Cell } from "./elements.ts";
import { escapeHtml } from "./words/escape.ts";
import { applicationDoes, applicationSentence, applicationTitle, applicationWords, missingWords } from "./words/applications.ts";
import { claimSentence, claimText } from "./words/claims.ts";
import { comparisonRow } from "./words/comparison.ts";
import { formatInterval, formatRatio, formatRatioWithInterval, plural, statisticName } from "./words/format.ts";
import { ANSWER, CLAIMS, SUMMARY } from "./words/page.ts";
import { shortClaim, shortVerdict } from "./words/verdicts.ts";

/** What the four kinds of application should take. */
export function answers({ applications }: Report): string {
  return `<section aria-labelledby="answer"><h2 id="answer">${ANSWER.title}</h2>${paragraph(ANSWER.key, "key")}<div class="cards">${applications.map(card).join("")}</div></section>`;
}

function card(application: ApplicationAnswer): string {
  const { outcome, points, missing } = application;
  const [first, ...rest] = points.map((point) => `<li>${pointHtml(point)}</li>`);
  const left = missing.length === 0 ? "" : paragraph(missingWords(missing), "reason");
  const more =
    rest.length === 0
      ? left
      : `<details><summary>${escapeHtml(plural(rest.length, "more figure"))}</summary><ul>${rest.join("")}</ul>${left}</details>`;
  return `<article class="card ${outcome}"><h3>${escapeHtml(applicationTitle(application))}</h3><p class="does">${escapeHtml(applicationDoes(application))}</p><p class="pick">${escapeHtml(applicationWords(outcome))}</p>${paragraph(applicationSentence(application))}${first === undefined ? "" : `<ul>${first}</ul>`}${more}</article>`;
}

function pointHtml({ scenario, condition, title, effect, verdict }: ApplicationPoint): string {
  const kind = verdict.kind === "matters" ? verdict.lower : "none";
  const ratio = effect === null ? "" : `<span class="ratio">${escapeHtml(formatRatio(effect.ratio))}</span> `;
  const why = [...(effect === null ? [] : [formatInterval(effect.interval)]), shortVerdict(verdict)].join("; ");
  return `<span class="dot ${kind}" aria-hidden="true"></span>${link(scenario, title)}, ${escapeHtml(condition)}: ${ratio}<span class="reason">(${escapeHtml(why)})</span>`;
}

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
