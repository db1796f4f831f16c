import { basename, join, relative } from "node:path";
import { countedMoney } from "./counted-money.ts";
import { buildReport, renderHtml, renderMarkdown, renderTerminal } from "../../report/index.ts";
import type { Results } from "../../results/schema.ts";
import { writeWhole } from "../../results/store.ts";

export interface ReportingOptions {
  /** Prints the report as JSON instead of a summary. */
  readonly json: boolean;
  /** The file that it was made from; `results.json` beside the report if absent. */
  readonly raw?: string;
}

/** Writes report.html, report.md and analysis.json, and prints the summary, or the report as JSON. */
export async function writeReport(dir: string, results: Results, { json, raw }: ReportingOptions): Promise<void> {
  const report = buildReport(results);
  const text = JSON.stringify(report, null, 2);
  const rawFile = raw === undefined ? "results.json" : seenFrom(dir, raw);
  await writeWhole(join(dir, "analysis.json"), text);
  const beside = { rawFile, money: await countedMoney() };
  await writeWhole(join(dir, "report.md"), renderMarkdown(results, report, beside));
  await writeWhole(join(dir, "report.html"), renderHtml(results, report, beside));
  if (json) {
    console.log(text);
    return;
  }
  console.log(renderTerminal(results, report, { colour: wantsColour(process.stdout, process.env), width: process.stdout.columns ?? 100 }));
  console.log(`Report: ${join(dir, "report.html")}   (also report.md, analysis.json and ${rawFile})`);
}

/**
 * A link from the page to the file, wherever both are moved together: beside it, below it, or in a folder beside its own. Of a file further away only its
 * name: a report that is passed on says nothing of this machine's folders.
 */
export function seenFrom(dir: string, file: string): string {
  const way = relative(dir, file);
  return way.split("..").length > 2 ? basename(file) : way;
}

/** On a terminal only, and not where NO_COLOR (https://no-color.org) is set to anything but an empty text. */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): boolean {
  return stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}
