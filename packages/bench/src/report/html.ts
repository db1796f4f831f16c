import type { Results } from "../results/schema.ts";
import { BENCH } from "../usage/command-name.ts";
import type { Report } from "./build.ts";
import { link, paragraph, plain, prose, table } from "./elements.ts";
import { escapeHtml } from "./words/escape.ts";
import { answers, claims, summary } from "./first-screen.ts";
import { restartNumbering } from "./plots/draw.ts";
import { integrityTable, scenarioSection } from "./scenario.ts";
import { style } from "./style.ts";
import { answerSentences } from "./words/answer.ts";
import { environmentRows, limitsWords, methodWords, ONE_CLOCK, spoilWords } from "./words/method.ts";

/** The report as one page that opens offline, with no script in it. `rawFile` is where its raw results are, seen from the page. */
export function renderHtml(results: Results, report: Report, rawFile = "results.json"): string {
  restartNumbering();
  const sections = report.scenarios.map((scenario) => scenarioSection(scenario, results, report, rawFile));
  const remote =
    report.target === null ? "" : `<p class="notice"><strong>Measured against a deployment.</strong> ${escapeHtml(ONE_CLOCK)}</p>`;
  const places = [
    ...report.scenarios.map(({ name, title }) => [name, title] as const),
    ["method", "How it was measured"] as const,
    ["spoils", "What spoils it"] as const,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>SSE or WebSocket, measured</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#answer">To the answer</a>
<header>
<h1>Server-Sent Events or WebSocket, for a streaming AI agent?</h1>
<p class="lede">One Cloudflare Agent that serves both, measured side by side on ${escapeHtml(results.startedAt.slice(0, 10))}, depth ${escapeHtml(results.options.depth)}.</p>
${remote}
</header>
<main>
${answers(report)}
${claims(report)}
<div class="said">${answerSentences(report)
    .map((sentence) => paragraph(sentence))
    .join("")}</div>
${summary(report)}
<nav aria-label="Sections">${places.map(([id, title]) => link(id, title)).join("")}</nav>
${sections.join("\n")}
${methodSection(results, report)}
</main>
<footer><p>Raw samples: <code>${escapeHtml(rawFile)}</code>; <code>${BENCH} report ${escapeHtml(rawFile)}</code> makes this page again from it, and <code>${BENCH} raw</code> prints what a path leads to.</p><p>Lengths and arrivals of replies: Azure LLM inference traces 2023 (Azure/AzurePublicDataset, CC-BY 4.0, Microsoft).</p></footer>
</body>
</html>
`;
}

function methodSection(results: Results, report: Report): string {
  return `<section aria-labelledby="method"><h2 id="method">How it was measured</h2>${methodWords(results)
    .map((words) => paragraph(words))
    .join("")}
<h3>Where</h3>${table(
    "The environment",
    [plain(""), prose("value")],
    environmentRows(results).map(([name, value]) => [plain(name), prose(value)]),
  )}
${integrityTable(report.integrity, "All events of this run")}</section>
<section aria-labelledby="spoils"><h2 id="spoils">What spoils it</h2>${[...spoilWords(results, report), ...limitsWords].map((words) => paragraph(words)).join("")}</section>`;
}
