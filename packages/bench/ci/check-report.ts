/**
 * Checks what a run of the benchmark left behind: `node ci/check-report.ts DIR`.
 *
 * The raw results are whole and of the schema, every scenario was run or says why not, nothing was lost, repeated or reordered, and the
 * report opens in Chromium, offline, at three widths and in both themes, with nothing wider than the page. Screenshots go to DIR/screenshots.
 */
import { access, mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromiumPath } from "@agent-transports/lab/tools";
import { chromium, type Browser } from "playwright-core";
import { auditPage } from "../test/page-audit.ts";
import { resultsSchema } from "../src/results/schema.ts";
import { checkResults } from "./check-results.ts";

const widths = [390, 820, 1240] as const;
const themes = ["light", "dark"] as const;

async function checkPage(browser: Browser, file: string, screenshots: string): Promise<string[]> {
  const problems: string[] = [];
  for (const width of widths) {
    for (const theme of themes) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme, offline: true });
      const where = `${width} px, ${theme}`;
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(`${where}: console: ${message.text()}`);
      });
      page.on("pageerror", (error) => problems.push(`${where}: ${error.message}`));
      page.on("request", (request) => {
        if (!/^(file|data|blob):/.test(request.url())) problems.push(`${where}: asks for ${request.url()}`);
      });
      await page.goto(pathToFileURL(file).href);
      const { overflowPx, ...audit } = await page.evaluate(auditPage);
      if (overflowPx !== 0) problems.push(`${where}: the page is ${overflowPx} px wider than the screen.`);
      for (const [what, found] of Object.entries(audit)) {
        if (Array.isArray(found) && found.length > 0) problems.push(`${where}: ${what}: ${found.join("; ")}`);
      }
      const figures = await page.locator("svg").count();
      const tables = await page.locator("table").count();
      if (figures === 0 || tables < 2) problems.push(`${where}: ${figures} plots and ${tables} tables.`);
      await page.screenshot({ path: join(screenshots, `${width}-${theme}.png`) });
      await page.screenshot({ path: join(screenshots, `${width}-${theme}-full.png`), fullPage: true });
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow !== 0) problems.push(`${where}: with all of it open, the page is ${overflow} px wider than the screen.`);
      await page.screenshot({ path: join(screenshots, `${width}-${theme}-open.png`), fullPage: true });
      await page.close();
    }
  }
  return problems;
}

const directory = process.argv[2];
if (directory === undefined) throw new Error("Give a directory: node ci/check-report.ts DIR");
const dir = resolve(directory);
const results = resultsSchema.parse(JSON.parse(await readFile(join(dir, "results.json"), "utf8")));
const problems = checkResults(results);
for (const name of ["report.md", "analysis.json"]) await access(join(dir, name));

const screenshots = join(dir, "screenshots");
await mkdir(screenshots, { recursive: true });
const browser = await chromium.launch({
  executablePath: chromiumPath(),
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  problems.push(...(await checkPage(browser, join(dir, "report.html"), screenshots)));
} finally {
  await browser.close();
}

const blocks = results.scenarios.flatMap((scenario) => scenario.blocks);
const events = blocks.reduce((sum, block) => sum + (block.integrity?.received ?? 0), 0);
for (const problem of problems) console.error(problem);
console.log(
  `${results.scenarios.length} scenarios, ${blocks.length} blocks, ${events} events checked, ${widths.length * themes.length} screenshots: ${problems.length} problems.`,
);
process.exitCode = problems.length === 0 && events > 0 ? 0 : 1;
