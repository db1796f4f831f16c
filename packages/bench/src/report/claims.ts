/** The nine claims in every form of the report: what was claimed, what is so, and the figure to quote. */
import type { ClaimVerdict, ScenarioAnalysis } from "../analysis/index.ts";
import type { Report } from "./build.ts";
import { chip, link, paragraph } from "./elements.ts";
import { wrapped } from "./sessions-markdown.ts";
import { claimLines } from "./words/claims.ts";
import { escapeHtml, escapeMarkdown } from "./words/escape.ts";
import { upperFirst } from "./words/format.ts";
import { CLAIMS } from "./words/page.ts";
import { claimWords, shortClaim } from "./words/verdicts.ts";

/** A list and not a table: on a phone its parts stand below one another. */
export function claimsHtml({ claims, scenarios }: Pick<Report, "claims" | "scenarios">): string {
  const items = claims.map((one) => {
    const { claim, source, so, quote } = claimLines(one, scenarios);
    const figure =
      quote === null
        ? `<span class="reason">${CLAIMS.none}</span>`
        : `<strong>${CLAIMS.quote}</strong> ${escapeHtml(quote)}${one.quote === null ? "" : ` ${link(one.quote.scenario, titleOf(one.quote.scenario, scenarios))}`}`;
    return `<li value="${one.number}"><p class="claim">${escapeHtml(claim)} <span class="reason">${escapeHtml(source)}</span></p><p class="so">${chip(
      one.outcome,
      shortClaim(one.outcome),
    )} ${escapeHtml(so)}</p><p class="quote">${figure}</p></li>`;
  });
  return `<section aria-labelledby="claims"><h2 id="claims">${CLAIMS.title}</h2>${paragraph(CLAIMS.key, "key")}<ol class="claims">${items.join("")}</ol></section>`;
}

function titleOf(scenario: string, scenarios: readonly ScenarioAnalysis[]): string {
  return scenarios.find(({ name }) => name === scenario)?.title ?? scenario;
}

/** @param scenarios that the claims were judged by */
export function claimsMarkdown(claims: readonly ClaimVerdict[], scenarios: readonly ScenarioAnalysis[]): string {
  const items = claims.map((one) => {
    const { claim, source, so, quote } = claimLines(one, scenarios);
    const lines = [
      `**${upperFirst(claimWords(one.outcome))}.** ${escapeMarkdown(so)}`,
      quote === null ? upperFirst(`${CLAIMS.none}.`) : `**${CLAIMS.quote}** ${escapeMarkdown(quote)}`,
    ];
    const said = lines.map((line) => `   - ${indented(line, "     ")}`);
    return [`${one.number}. ${indented(`${escapeMarkdown(claim)} *${escapeMarkdown(source)}*`, "   ")}`, ...said].join("\n");
  });
  return [wrapped(escapeMarkdown(CLAIMS.key), 0), items.join("\n")].join("\n\n");
}

function indented(text: string, indent: string): string {
  return wrapped(text, indent.length).replaceAll("\n", `\n${indent}`);
}

/** Of a terminal: three lines a claim, each broken by `wrap`; those that were not measured in one. */
export function claimsText(
  { claims, scenarios }: Pick<Report, "claims" | "scenarios">,
  wrap: (text: string, indent: string) => string[],
  bold: (text: string) => string,
): string[] {
  const measured = claims.filter(({ outcome }) => outcome !== "not-measured-here");
  const others = claims.filter((one) => !measured.includes(one)).map(({ number }) => number);
  return [
    ...measured.flatMap((one) => {
      const { claim, so, quote } = claimLines(one, scenarios);
      const lines = [`${upperFirst(claimWords(one.outcome))}. ${so}`, ...(quote === null ? [] : [`${CLAIMS.quote} ${quote}`])];
      return [...wrap(`${one.number}. ${claim}`, "").map(bold), ...lines.flatMap((line) => wrap(line, "   "))];
    }),
    ...(others.length === 0 ? [] : [`Claims not measured here: ${others.join(", ")}.`]),
  ];
}
