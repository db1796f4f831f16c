import type { ApplicationAnswer, ApplicationPoint } from "../analysis/applications.ts";
import { extremes, type EvidencePoint } from "../analysis/evidence.ts";
import { formatInterval, formatRatio, formatRatioWithInterval, quantileName } from "../analysis/format.ts";
import type { Report } from "./build.ts";
import { chip, link, paragraph, plain, prose, table, verdictCell, type Cell } from "./elements.ts";
import { escapeHtml } from "./escape.ts";
import { applicationWords, claimWords, comparisonRow, missingWords } from "./words.ts";

/** What the four kinds of application should take. */
export function answers({ applications }: Report): string {
  return `<section aria-labelledby="answer"><h2 id="answer">The answer, for four kinds of application</h2><div class="cards">${applications.map(card).join("")}</div></section>`;
}

function card(answer: ApplicationAnswer): string {
  const { title, does, outcome, sentence, points, missing } = answer;
  const list = points.length === 0 ? "" : `<ul>${points.map((point) => `<li>${pointHtml(point)}</li>`).join("")}</ul>`;
  const left = missing.length === 0 ? "" : paragraph(missingWords(missing), "reason");
  return `<article class="card ${outcome}"><h3>${escapeHtml(title)}</h3><p class="does">${escapeHtml(does)}</p><p class="pick">${escapeHtml(applicationWords(outcome))}</p>${paragraph(sentence)}${list}${left}</article>`;
}

function pointHtml({ scenario, condition, title, effect, verdict }: ApplicationPoint): string {
  const ratio =
    effect === null ? "not enough data" : `<span class="ratio">${escapeHtml(formatRatio(effect.ratio))}</span> <span class="reason">(${escapeHtml(formatInterval(effect.interval))})</span>`;
  const kind = verdict.kind === "lower" ? verdict.arm : "none";
  return `<span class="dot ${kind}" aria-hidden="true"></span>${link(scenario, title)}, ${escapeHtml(condition)}: ${ratio}`;
}

/** The nine claims, each with its effect and interval. */
export function claims({ claims, evidence }: Report): string {
  const rows = claims.map(({ number, claim, source, outcome, sentence }): Cell[] => {
    const own = evidence.find((one) => one.number === number);
    return [
      plain(String(number)),
      { html: `${escapeHtml(claim)}<br><span class="caption">${escapeHtml(source)}</span>`, text: true },
      { html: chip(outcome.replaceAll(" ", "-"), claimWords(outcome)), text: true },
      { html: own === undefined ? "–" : extremes(own).map(evidenceHtml).join("<br>") || "–", text: true },
      prose(sentence),
    ];
  });
  return `<section aria-labelledby="claims"><h2 id="claims">What has been claimed, and what came out</h2><p class="lede">Ratios are WebSocket over SSE of the scenario's first figure: below 1, WebSocket's is lower. Of several settings the lowest and the highest ratio stand here, each with its 95 % interval.</p>${table(
    "Claims and verdicts",
    [plain("#"), prose("claim"), prose("verdict"), prose("effect (95 %)"), prose("because")],
    rows,
  )}</section>`;
}

function evidenceHtml(point: EvidencePoint): string {
  return `<span class="ratio">${escapeHtml(formatRatioWithInterval(point))}</span> <span class="reason">${escapeHtml(`${point.condition}, ${point.metric} ${quantileName(point.quantile)}`)}</span>`;
}

/** Each scenario's headline at each of its settings. */
export function summary({ scenarios }: Report): string {
  const rows = scenarios.flatMap((scenario): Cell[][] => {
    const name: Cell = { html: link(scenario.name, scenario.title) };
    if (scenario.notRun !== null) return [[name, prose(`not run: ${scenario.notRun}`), plain("–"), plain("–"), plain("–"), prose("not run")]];
    const metric = scenario.metrics[0];
    return scenario.conditions.flatMap(({ condition, comparisons }) => {
      const headline = comparisons.find((one) => one.metric === metric?.id && one.quantile === metric.quantiles[0]);
      if (metric === undefined || headline === undefined) return [];
      const words = comparisonRow(headline, metric, scenario);
      const value = (arm: string): Cell => plain(words[1 + scenario.arms.findIndex(({ id }) => id === arm)] ?? "–");
      return [
        [
          name,
          prose(`${condition.label}: ${words[0]}`),
          value("sse"),
          value("ws"),
          plain(words[1 + scenario.arms.length] ?? "–"),
          verdictCell(headline.verdict, false),
        ],
      ];
    });
  });
  return `<section aria-labelledby="verdicts"><h2 id="verdicts">Every setting, by the rule that was written down before</h2>${table(
    "The first figure of each scenario, at each of its settings",
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
