import { formatCount, formatPercent, formatRatioWithInterval, formatValue, quantileName } from "../analysis/format.ts";
import type { Analysis, ArmIntegrity, FactorialTable, ScenarioAnalysis, Verdict } from "../analysis/index.ts";
import type { Results, ScenarioResult } from "../results/schema.ts";
import { escapeHtml } from "./escape.ts";
import { ecdfFigure, quantileFigure, timelineFigure, type Figure } from "./plots.ts";
import { style } from "./style.ts";
import {
  claimWords,
  comparisonColumns,
  comparisonRow,
  environmentRows,
  limitsWords,
  methodWords,
  shortVerdict,
  verdictReasons,
} from "./words.ts";

/** The report as one page that opens offline, with no script in it. */
export function renderHtml(results: Results, analysis: Analysis): string {
  const sections = analysis.scenarios.map((scenario) =>
    scenarioSection(
      scenario,
      results.scenarios.find(({ name }) => name === scenario.name),
    ),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SSE or WebSocket, measured</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>Server-Sent Events or WebSocket, for a streaming AI agent?</h1>
<p class="question">One Cloudflare Agent that serves both, measured side by side on ${escapeHtml(results.startedAt.slice(0, 10))}.</p>
<div class="answer">${analysis.answer.map(paragraph).join("")}</div>
</header>
${summary(analysis)}
<nav aria-label="Scenarios">${analysis.scenarios.map(({ name, title }) => `<a href="#${escapeHtml(name)}">${escapeHtml(title)}</a>`).join("")}<a href="#claims">The claims</a><a href="#method">How it was measured</a></nav>
${sections.join("\n")}
${claimsSection(analysis)}
${methodSection(results, analysis)}
<footer>Raw samples: <code>results.json</code> beside this file; <code>transport-bench report results.json</code> makes this page again from it. Lengths and arrivals of replies: Azure LLM inference traces 2023 (Azure/AzurePublicDataset, CC-BY 4.0, Microsoft).</footer>
</main>
</body>
</html>
`;
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

interface Cell {
  readonly html: string;
  readonly text?: boolean;
}

function table(caption: string, columns: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const cells = (row: readonly Cell[], tag: "th" | "td"): string =>
    row
      .map(({ html, text }, index) => {
        const head = tag === "th" ? ' scope="col"' : "";
        const kind = text === true ? ' class="text"' : "";
        return index === 0 && tag === "td" ? `<th scope="row"${kind}>${html}</th>` : `<${tag}${head}${kind}>${html}</${tag}>`;
      })
      .join("");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table><caption>${escapeHtml(caption)}</caption><thead><tr>${cells(columns, "th")}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells(row, "td")}</tr>`)
    .join("")}</tbody></table></div>`;
}

function plain(text: string): Cell {
  return { html: escapeHtml(text) };
}

function prose(text: string): Cell {
  return { html: escapeHtml(text), text: true };
}

function verdictCell(verdict: Verdict, withReasons: boolean): Cell {
  const reasons = withReasons ? verdictReasons(verdict) : "";
  const chip = `<span class="chip ${verdict.kind === "lower" ? verdict.arm : "none"}">${escapeHtml(shortVerdict(verdict))}</span>`;
  return { html: reasons === "" ? chip : `${chip}<br><span class="reason">${escapeHtml(reasons)}</span>`, text: true };
}

/** The first screen's table: each scenario's headline at each of its settings. */
function summary(analysis: Analysis): string {
  const rows = analysis.scenarios.flatMap((scenario) => {
    if (scenario.notRun !== null)
      return [[{ html: link(scenario) }, prose(`not run: ${scenario.notRun}`), plain(""), plain(""), plain(""), plain("")]];
    const metric = scenario.metrics[0];
    return scenario.conditions.flatMap(({ condition, comparisons }, index) => {
      const name = index === 0 ? { html: link(scenario) } : plain("");
      if (condition.notRun !== undefined)
        return [[name, prose(`${condition.label}: not run: ${condition.notRun}`), plain(""), plain(""), plain(""), plain("")]];
      const headline = comparisons.find((one) => one.metric === metric?.id && one.quantile === metric.quantiles[0]);
      if (metric === undefined || headline === undefined) return [];
      const words = comparisonRow(headline, metric, scenario);
      const value = (arm: string): Cell => plain(words[1 + scenario.arms.findIndex(({ id }) => id === arm)] ?? "–");
      const ratio = words[1 + scenario.arms.length] ?? "–";
      return [
        [name, prose(`${condition.label}: ${words[0]}`), value("sse"), value("ws"), plain(ratio), verdictCell(headline.verdict, false)],
      ];
    });
  });
  const columns = [
    plain(""),
    prose("setting"),
    { html: '<span class="sse">SSE</span>' },
    { html: '<span class="ws">WebSocket</span>' },
    plain("WebSocket ÷ SSE (95 %)"),
    prose("verdict"),
  ];
  return table("The verdict at each setting, by the rule that was written down before the run", columns, rows);
}

function link({ name, title }: ScenarioAnalysis): string {
  return `<a href="#${escapeHtml(name)}">${escapeHtml(title)}</a>`;
}

function scenarioSection(scenario: ScenarioAnalysis, result: ScenarioResult | undefined): string {
  const head = `<h2 id="${escapeHtml(scenario.name)}">${escapeHtml(scenario.title)}</h2><p class="question">${escapeHtml(scenario.question)}</p>`;
  const verdict = `<p class="verdict">${escapeHtml(scenario.verdict.sentence)}</p>`;
  if (scenario.notRun !== null || result === undefined) return `<section>${head}${verdict}</section>`;
  const rest = scenario.verdict.rest === null ? "" : `<p class="rest">${escapeHtml(scenario.verdict.rest)}</p>`;
  const conditions = scenario.conditions.map(({ condition, comparisons }) => {
    if (condition.notRun !== undefined) return `<h3>${escapeHtml(condition.label)}</h3>${paragraph(`Not run: ${condition.notRun}`)}`;
    const figures = figuresOf(result, condition.id);
    const rows = comparisons.flatMap((comparison) => {
      const metric = scenario.metrics.find(({ id }) => id === comparison.metric);
      if (metric === undefined) return [];
      const words = comparisonRow(comparison, metric, scenario);
      return [[...words.slice(0, -2).map(plain), verdictCell(comparison.verdict, true), prose(words.at(-1) ?? "")]];
    });
    const groups = comparisons[0]?.groups ?? 0;
    const columns = comparisonColumns(scenario).map((name, index, all) => (index >= all.length - 2 ? prose(name) : plain(name)));
    return `<h3>${escapeHtml(condition.label)}</h3>${figures.length === 0 ? "" : `${legend(scenario)}<div class="figures">${figures.map(figureHtml).join("")}</div>`}${table(
      `${scenario.title}, ${condition.label}: ${formatCount(groups)} pair groups`,
      columns,
      rows,
    )}`;
  });
  const failures = scenario.failures.map((failure) => `<p class="bad">${escapeHtml(failure)}</p>`).join("");
  return `<section>${head}${verdict}${rest}<p class="method">${escapeHtml(scenario.method)}</p>${failures}${conditions.join("")}${scenario.factorial.map(factorial).join("")}${integrityTable(scenario.integrity, `${scenario.title}: what arrived`)}</section>`;
}

/** The headline's distribution and tail, and the timeline where there is one. */
function figuresOf(result: ScenarioResult, condition: string): Figure[] {
  const metric = result.metrics[0];
  if (metric === undefined) return [];
  return [
    ecdfFigure(result, condition, metric),
    metric.quantiles.some((quantile) => quantile >= 0.99) ? quantileFigure(result, condition, metric) : undefined,
    timelineFigure(result, condition),
  ].filter((figure) => figure !== undefined);
}

function figureHtml({ svg, caption }: Figure): string {
  return `<figure>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

const legendColours: Readonly<Record<string, string>> = { sse: "--sse", ws: "--ws", floor: "--floor", "sse-cold": "--cold" };

function legend({ arms }: ScenarioAnalysis): string {
  return `<div class="legend">${arms.map(({ id, label }) => `<span style="--c:var(${legendColours[id] ?? "--ink"})">${escapeHtml(label)}</span>`).join("")}</div>`;
}

function factorial({ metric, quantile, label, cells, transport, input, mixed }: FactorialTable): string {
  const names = { new: "only what is new", whole: "the whole context" } as const;
  const arms = cells[0]?.arms ?? [];
  const rows = cells.map((cell) => [
    plain(names[cell.input]),
    ...cell.arms.map(({ value }) => plain(formatValue(value, "ms"))),
    plain(
      transport
        .filter((one) => one.input === cell.input)
        .map(formatRatioWithInterval)
        .join("") || "–",
    ),
  ]);
  const effects = [
    ...input.map((one) => `On ${one.label}, sending only what is new over sending everything: ${formatRatioWithInterval(one)}.`),
    `Both changed at once, WebSocket with only what is new over SSE with everything: ${formatRatioWithInterval(mixed)}.`,
  ];
  const columns = [plain("what goes up"), ...arms.map((arm) => plain(arm.label)), plain("WebSocket ÷ SSE (95 %)")];
  const name = [metric, quantileName(quantile), label].filter((part) => part !== "").join(", ");
  return `<h3>The two effects apart</h3>${table(`Transport × input: ${name}`, columns, rows)}<p class="rest">${escapeHtml(effects.join(" "))}</p>`;
}

function faults(value: number): Cell {
  return { html: `<span class="${value === 0 ? "good" : "bad"}">${formatCount(value)}</span>` };
}

function integrityTable(integrity: readonly ArmIntegrity[], caption: string): string {
  if (integrity.length === 0) return "";
  const rows = integrity.map(({ label, blocks, expected, received, lost, repeated, reordered }) => [
    plain(label),
    plain(formatCount(blocks)),
    plain(formatCount(expected)),
    plain(formatCount(received)),
    faults(lost),
    faults(repeated),
    faults(reordered),
  ]);
  return table(caption, ["", "blocks", "events expected", "received", "lost", "repeated", "reordered"].map(plain), rows);
}

function claimsSection({ claims }: Analysis): string {
  const rows = claims.map(({ number, claim, source, outcome, sentence }) => [
    plain(String(number)),
    { html: `${escapeHtml(claim)}<br><span class="caption">${escapeHtml(source)}</span>`, text: true },
    { html: `<strong>${escapeHtml(claimWords(outcome))}</strong>`, text: true },
    prose(sentence),
  ]);
  return `<section><h2 id="claims">The claims</h2><p class="question">What has been published about the two, each judged by the scenarios that bear on it.</p>${table(
    "Claims and verdicts",
    [plain("#"), prose("claim"), prose("verdict"), prose("because")],
    rows,
  )}</section>`;
}

function methodSection(results: Results, analysis: Analysis): string {
  const { contamination, control } = analysis;
  const marks = Object.entries(contamination.byMark).map(([mark, count]) => `${mark}: ${count}`);
  const spoiled = `${formatCount(contamination.marked)} of ${formatCount(contamination.blocks)} blocks bear a mark of contamination${marks.length === 0 ? "" : ` (${marks.join(", ")})`}; none was dropped. The worst event-loop delay at p99 was ${contamination.worstEventLoopDelayP99Ms.toFixed(1)} ms, the worst steal ${formatPercent(contamination.worstStealShare)}.`;
  return `<section><h2 id="method">How it was measured</h2>${methodWords.map(paragraph).join("")}${paragraph(control.sentence)}${paragraph(spoiled)}
<h3>What this report does not claim</h3>${limitsWords.map(paragraph).join("")}
<h3>Where</h3>${table(
    "The environment",
    [plain(""), prose("")],
    environmentRows(results).map(([name, value]) => [plain(name), prose(value)]),
  )}
${integrityTable(analysis.integrity, "All events of this run")}</section>`;
}
