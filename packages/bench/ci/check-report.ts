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
import { COLD_ARM, SSE_ARM, WS_ARM } from "../src/scenarios/parts/arms.ts";
import { networkArms } from "../src/scenarios/parts/network-arms.ts";
import { resultsSchema, type Results } from "../src/results/schema.ts";

const ours: readonly string[] = [SSE_ARM, WS_ARM, COLD_ARM, ...networkArms].map(({ id }) => id);
const widths = [390, 820, 1240] as const;
const themes = ["light", "dark"] as const;

function checkResults(results: Results): string[] {
  const problems: string[] = [];
  if (results.status !== "complete") problems.push(`The run is ${results.status}, not complete.`);
  for (const name of results.options.scenarios) {
    const scenario = results.scenarios.find((one) => one.name === name);
    if (scenario === undefined) problems.push(`${name}: was asked for and is not in the results.`);
    else if (scenario.notRun === null && scenario.blocks.length === 0) problems.push(`${name}: has no blocks and does not say why.`);
  }
  for (const scenario of results.scenarios) {
    for (const block of scenario.blocks) {
      const where = `${scenario.name}, ${block.condition}, ${block.arm}, pair ${block.pair}, position ${block.position}`;
      if (block.error !== undefined) problems.push(`${where}: ${block.error}`);
      // What else is beside ours loses what it loses: those are its figures.
      if (!ours.includes(block.arm)) continue;
      if (block.integrity === null) problems.push(`${where}: its events were not checked.`);
      else {
        const { expected, received, lost, repeated, reordered } = block.integrity;
        if (lost + repeated + reordered > 0) problems.push(`${where}: lost ${lost}, repeated ${repeated}, reordered ${reordered}.`);
        if (expected === 0 || received !== expected) problems.push(`${where}: received ${received} of ${expected} events.`);
      }
    }
  }
  return problems;
}

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
