import type { Results } from "../results/schema.ts";
import type { Report } from "./build.ts";
import { link, paragraph, plain, prose, table } from "./elements.ts";
import { escapeHtml } from "./words/escape.ts";
import { claimsHtml } from "./claims.ts";
import { summary } from "./first-screen.ts";
import { mapSection } from "./map.ts";
import { restartNumbering } from "./plots/draw.ts";
import { integrityTable, scenarioSection } from "./scenario.ts";
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
  METHOD_TITLE,
  PAGE_TITLE,
  SIZES_TITLE,
  THREATS_TITLE,
  TRAFFIC_CREDIT,
} from "./words/page.ts";

/** The report as one page that opens offline, with no script in it. `rawFile` is where its raw results are, seen from the page. */
export function renderHtml(results: Results, report: Report, rawFile = "results.json"): string {
  restartNumbering();
  const sections = report.scenarios.map((scenario) => scenarioSection(scenario, results, report, rawFile));
  const remote = report.target === null ? "" : `<p class="notice"><strong>${MEASURED_REMOTELY}</strong> ${escapeHtml(ONE_CLOCK)}</p>`;
  const busy = busyWords(report);
  const places = [
    ...report.scenarios.map(({ name, title }) => [name, title] as const),
    ["method", METHOD_TITLE] as const,
    ["threats", THREATS_TITLE] as const,
  ];
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
<h1>${HEADING}</h1>
${paragraph(ledeWords(results), "lede")}
${busy === null ? "" : paragraph(busy, "notice")}${remote}
</header>
<main>
${answers(report)}
${mapSection(report)}
${claimsHtml(report)}
<div class="said">${answerSentences(report)
    .map((sentence) => paragraph(sentence))
    .join("")}</div>
${summary(report)}
<nav aria-label="Sections">${places.map(([id, title]) => link(id, title)).join("")}</nav>
${sections.join("\n")}
${methodSection(results, report)}
</main>
<footer><p>Raw samples: <code>${escapeHtml(rawFile)}</code>; <code>${commands.report} ${escapeHtml(rawFile)}</code> makes this page again from it, and <code>${commands.raw}</code> prints what a path leads to.</p>${paragraph(TRAFFIC_CREDIT)}</footer>
</body>
</html>
`;
}

function methodSection(results: Results, report: Report): string {
  return `<section aria-labelledby="method"><h2 id="method">${METHOD_TITLE}</h2>${methodWords(results)
    .map((words) => paragraph(words))
    .join("")}
${choiceMethod()}
<h3>${SIZES_TITLE}</h3>${table(
    "The smallest effects of interest",
    smallestColumns.map(prose),
    smallestRows(report).map((row) => row.map(prose)),
  )}
<h3>Where</h3>${table(
    "The environment",
    [plain(""), prose("value")],
    environmentRows(results).map(([name, value]) => [plain(name), prose(value)]),
  )}
${integrityTable(report.integrity, "All events of this run")}</section>
<section aria-labelledby="threats"><h2 id="threats">${THREATS_TITLE}</h2>${[...spoilWords(results, report), ...limitsWords].map((words) => paragraph(words)).join("")}</section>`;
}
