import { join } from "node:path";
import { analyseInWorkers } from "./analysis/index.ts";
import { renderHtml, renderMarkdown, renderTerminal } from "./report/index.ts";
import type { Results } from "./results/schema.ts";
import { writeWhole } from "./store.ts";

/** Writes report.html, report.md and analysis.json beside the raw results, and prints the summary, or the analysis as JSON. */
export async function writeReport(dir: string, results: Results, json: boolean): Promise<void> {
  const analysis = await analyseInWorkers(results);
  const text = JSON.stringify(analysis, null, 2);
  await writeWhole(join(dir, "analysis.json"), text);
  await writeWhole(join(dir, "report.md"), renderMarkdown(results, analysis));
  await writeWhole(join(dir, "report.html"), renderHtml(results, analysis));
  if (json) {
    console.log(text);
    return;
  }
  // NO_COLOR: https://no-color.org, any value but an empty one.
  const colour = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  console.log(renderTerminal(results, analysis, { colour, width: process.stdout.columns ?? 100 }));
  console.log(`Report: ${join(dir, "report.html")}   (also report.md, analysis.json and results.json)`);
}
