/** The nine claims in every form of the report: what was claimed, what is so, and the figures to quote. */
import type { ClaimQuote, ClaimVerdict, ScenarioAnalysis } from "../analysis/index.ts";
import type { Report } from "./build.ts";
import { chip, link, paragraph } from "./elements.ts";
import { wrapped } from "./sessions-markdown.ts";
import { claimLines } from "./words/claims.ts";
import { escapeHtml, escapeMarkdown } from "./words/escape.ts";
import { upperFirst } from "./words/format.ts";
import { CLAIMS } from "./words/page.ts";
import { quoteSentence } from "./words/quote.ts";
import { claimWords, shortClaim } from "./words/verdicts.ts";

/** A list and not a table: on a phone its parts stand below one another. */
export function claimsHtml({ claims, scenarios }: Pick<Report, "claims" | "scenarios">): string {
  const items = claims.map((one) => {
    const { claim, source, so } = claimLines(one, scenarios);
    return `<li value="${one.number}"><p class="claim">${escapeHtml(claim)} <span class="reason">${escapeHtml(source)}</span></p><p class="so">${chip(
      one.outcome,
      shortClaim(one.outcome),
    )} ${escapeHtml(so)}</p><div class="quote">${quotesHtml(one.quotes, scenarios)}</div></li>`;
  });
  return `<section aria-labelledby="claims"><h2 id="claims">${CLAIMS.title}</h2>${paragraph(CLAIMS.key, "key")}<ol class="claims">${items.join("")}</ol></section>`;
}

function quotesHtml(quotes: readonly ClaimQuote[], scenarios: readonly ScenarioAnalysis[]): string {
  const said = quotes.map((one) => `${escapeHtml(quoteSentence(one))} ${link(one.scenario, titleOf(one.scenario, scenarios))}`);
  if (said.length === 0) return `<p><span class="reason">${CLAIMS.none}</span></p>`;
  if (said.length === 1) return `<p><strong>${CLAIMS.quote}</strong> ${said.join("")}</p>`;
  return [`<strong>${CLAIMS.quotes}</strong>`, ...said].map((words) => `<p>${words}</p>`).join("");
}

function titleOf(scenario: string, scenarios: readonly ScenarioAnalysis[]): string {
  return scenarios.find(({ name }) => name === scenario)?.title ?? scenario;
}

/** @param scenarios that the claims were judged by */
export function claimsMarkdown(claims: readonly ClaimVerdict[], scenarios: readonly ScenarioAnalysis[]): string {
  const items = claims.map((one) => {
    const { claim, source, so, quotes } = claimLines(one, scenarios);
    const [quote, ...others] = quotes.map(escapeMarkdown);
    const lines = [`**${upperFirst(claimWords(one.outcome))}.** ${escapeMarkdown(so)}`];
    if (quote === undefined) lines.push(upperFirst(`${CLAIMS.none}.`));
    else lines.push(others.length === 0 ? `**${CLAIMS.quote}** ${quote}` : `**${CLAIMS.quotes}**`);
    const together = quote === undefined || others.length === 0 ? [] : [quote, ...others];
    const said = [
      ...lines.map((line) => `   - ${indented(line, "     ")}`),
      ...together.map((line) => `     - ${indented(line, "       ")}`),
    ];
    return [`${one.number}. ${indented(`${escapeMarkdown(claim)} *${escapeMarkdown(source)}*`, "   ")}`, ...said].join("\n");
  });
  return [wrapped(escapeMarkdown(CLAIMS.key), 0), items.join("\n")].join("\n\n");
}

function indented(text: string, indent: string): string {
  return wrapped(text, indent.length).replaceAll("\n", `\n${indent}`);
}

/** Of a terminal: three lines a claim or a few more, each broken by `wrap`; those that were not measured in one. */
export function claimsText(
  { claims, scenarios }: Pick<Report, "claims" | "scenarios">,
  wrap: (text: string, indent: string) => string[],
  bold: (text: string) => string,
): string[] {
  const measured = claims.filter(({ outcome }) => outcome !== "not-measured-here");
  const others = claims.filter((one) => !measured.includes(one)).map(({ number }) => number);
  return [
    ...measured.flatMap((one) => {
      const { claim, so, quotes } = claimLines(one, scenarios);
      const together = quotes.length > 1 ? [CLAIMS.quotes, ...quotes.map((quote) => `- ${quote}`)] : [];
      const lines = [
        `${upperFirst(claimWords(one.outcome))}. ${so}`,
        ...(together.length > 0 ? together : quotes.map((quote) => `${CLAIMS.quote} ${quote}`)),
      ];
      return [...wrap(`${one.number}. ${claim}`, "").map(bold), ...lines.flatMap((line) => wrap(line, "   "))];
    }),
    ...(others.length === 0 ? [] : [`Claims not measured here: ${others.join(", ")}.`]),
  ];
}
