import type { Results } from "../results/schema.ts";
import type { Report } from "./build.ts";
import { figures, link, onDemand, paragraph, plain, prose, table } from "./elements.ts";
import { escapeHtml } from "./words/escape.ts";
import { claimsHtml } from "./claims.ts";
import { mapSection } from "./map.ts";
import { moneySection, type Beside } from "./money.ts";
import { controlFigure } from "./plots/control.ts";
import { restartNumbering } from "./plots/draw.ts";
import { integrityTable, questionSections } from "./question.ts";
import { answers, choiceMethod } from "./session-cards.ts";
import { style } from "./style.ts";
import { answerSentences } from "./words/answer.ts";
import { environmentRows, limitsWords, methodWords, ONE_CLOCK, spoilWords } from "./words/method.ts";
import { smallestColumns, smallestRows } from "./words/smallest.ts";
import { busyWords } from "./words/totals.ts";
import {
  commands,
  HEADING,
  ledeWords,
  MEASURED_REMOTELY,
  METHOD_PARTS,
  METHOD_TITLE,
  PAGE_TITLE,
  PARTS,
  SIZES_TITLE,
  THREATS_TITLE,
  TRAFFIC_CREDIT,
} from "./words/page.ts";

/** The report as one page that opens offline, with no script in it. */
export function renderHtml(results: Results, report: Report, { rawFile = "results.json", money = null }: Beside = {}): string {
  restartNumbering();
  const remote = report.target === null ? "" : `<p class="notice"><strong>${MEASURED_REMOTELY}</strong> ${escapeHtml(ONE_CLOCK)}</p>`;
  const busy = busyWords(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${PAGE_TITLE}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#answer">To the answer</a>
<header>
<nav aria-label="Parts of the page">${Object.entries(PARTS)
    .map(([id, title]) => link(id, title))
    .join("")}</nav>
<h1>${HEADING}</h1>
${paragraph(ledeWords(results), "lede")}
${busy === null ? "" : paragraph(busy, "notice")}${remote}
</header>
<main>
${answers(report)}
${mapSection(report, rawFile)}
${money === null ? "" : moneySection(money)}
${claimsHtml(report)}
<div class="said">${answerSentences(report)
    .map((sentence) => paragraph(sentence))
    .join("")}</div>
<section aria-labelledby="questions">${questionSections({ results, report, rawFile })}</section>
${methodSection(results, report)}
</main>
<footer><p>Raw samples: <code>${escapeHtml(rawFile)}</code>; <code>${commands.report} ${escapeHtml(rawFile)}</code> makes this page again from it, and <code>${commands.raw}</code> prints what a path leads to.</p>${paragraph(TRAFFIC_CREDIT)}</footer>
</body>
</html>
`;
}

/** On demand, as the questions are. A link to a part of it opens it. */
function methodSection(results: Results, report: Report): string {
  return `<section aria-labelledby="method"><h2 id="method">${METHOD_TITLE}</h2>
${onDemand(
  METHOD_PARTS.run,
  `${methodWords(results)
    .map((words) => paragraph(words))
    .join("")}${choiceMethod(report)}`,
  3,
)}
${onDemand(
  SIZES_TITLE,
  table(
    "The smallest effects of interest",
    smallestColumns.map(prose),
    smallestRows(report).map((row) => row.map(prose)),
  ),
  3,
)}
${onDemand(
  METHOD_PARTS.where,
  `${table(
    "The environment",
    [plain(""), prose("value")],
    environmentRows(results).map(([name, value]) => [plain(name), prose(value)]),
  )}${integrityTable(report.integrity, "All events of this run")}`,
  3,
)}
${onDemand(
  THREATS_TITLE,
  `${[...spoilWords(results, report), ...limitsWords(results)].map((words) => paragraph(words)).join("")}${figures(controlFigure(report.control))}`,
  3,
)}
</section>`;
}
