import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { needs } from "@agent-transports/lab/needs";
import { chromium } from "@agent-transports/lab/tools";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildReport, renderHtml } from "../src/report/index.ts";
import type { Results } from "../src/results/schema.ts";
import { makeHerd } from "./fixtures/herd.ts";
import { mapScenario } from "./fixtures/map.ts";
import { addPeers } from "./fixtures/peers.ts";
import { makeResults } from "./fixtures/results.ts";
import { addNetwork } from "./fixtures/sessions.ts";
import { auditPage } from "./page-audit.ts";
import { launchChromium } from "@agent-transports/lab/browser";

const made = addPeers(makeResults({ groups: 5 }));
const unmapped: Results = addNetwork({ ...made, scenarios: [...made.scenarios, makeHerd(5)] });
const results: Results = { ...unmapped, scenarios: [...unmapped.scenarios, mapScenario((_cell, arm) => (arm === "ws" ? 300 : 20))] };

describe("the report in Chromium", { timeout: 60_000, ...needs(chromium) }, () => {
  let browser: Browser;
  let dir: string;
  let file: string;
  let fileWithoutMap: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "report-"));
    file = join(dir, "report.html");
    await writeFile(file, renderHtml(results, buildReport(results)));
    fileWithoutMap = join(dir, "without-map.html");
    await writeFile(fileWithoutMap, renderHtml(unmapped, buildReport(unmapped)));
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function open(width: number, colorScheme: "light" | "dark", shown = file): Promise<{ page: Page; troubles: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const troubles: string[] = [];
    page.on("console", (message) => troubles.push(message.text()));
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("request", (request) => {
      if (request.url() !== pathToFileURL(shown).href) troubles.push(request.url());
    });
    await page.goto(pathToFileURL(shown).href);
    return { page, troubles };
  }

  describe.each([390, 820, 1280])("at %i px", (width) => {
    it.each(["light", "dark"] as const)("fits the screen, loads nothing, logs nothing, and is readable, in the %s theme", async (theme) => {
      const { page, troubles } = await open(width, theme);
      try {
        const audit = await page.evaluate(auditPage);
        expect(audit.overflowPx).toBe(0);
        expect(audit.faint).toEqual([]);
        expect(audit.plots).toBeGreaterThan(20);
        expect(audit.unnamedPlots).toEqual([]);
        expect(audit.headingSkips).toEqual([]);
        expect(audit.brokenLinks).toEqual([]);
        expect(audit.unnamedTables).toBe(0);
        expect(troubles).toEqual([]);
      } finally {
        await page.close();
      }
    });
  });

  it("shows the question, the answers for all five kinds of session and the first verdicts on a desktop's first screen", async () => {
    const { page } = await open(1280, "light", fileWithoutMap);
    try {
      const bottom = await page.locator(".cards").evaluate((cards) => cards.getBoundingClientRect().bottom);
      expect(bottom).toBeLessThan(700);
      expect(await page.locator("#claims").evaluate((heading) => heading.getBoundingClientRect().bottom)).toBeLessThan(760);
      expect(await page.locator(".card").count()).toBe(5);
    } finally {
      await page.close();
    }
  });

  it("has the map begin on that screen, with its panels side by side there and one above the other on a phone", async () => {
    for (const [width, isBeside] of [
      [1280, true],
      [390, false],
    ] as const) {
      const { page } = await open(width, "light");
      try {
        const boxes = await page
          .locator("section:has(> #map) > .figures svg")
          .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
        expect(boxes).toHaveLength(2);
        expect(boxes[0] === boxes[1]).toBe(isBeside);
        const top = await page.locator("#map").evaluate((heading) => heading.getBoundingClientRect().bottom);
        expect(top < 760).toBe(isBeside);
      } finally {
        await page.close();
      }
    }
  });

  it("gives a screen reader one h1, landmarks, and each plot's name and figures", async () => {
    const { page } = await open(820, "light");
    try {
      const devtools = await page.context().newCDPSession(page);
      const { nodes } = await devtools.send("Accessibility.getFullAXTree");
      const of = (role: string): typeof nodes => nodes.filter((node) => !node.ignored && node.role?.value === role);
      expect(of("main")).toHaveLength(1);
      expect(of("navigation")).toHaveLength(1);
      const images = [...of("image"), ...of("img")];
      expect(images.length).toBeGreaterThan(20);
      expect(images.filter((node) => !node.name?.value)).toEqual([]);
      expect(images.some((node) => /p50: SSE [\d.]+ ms, WebSocket/.test(String(node.description?.value)))).toBe(true);
    } finally {
      await page.close();
    }
  });

  it("prints on white, whatever the theme, with nothing cut off", async () => {
    const { page } = await open(780, "dark");
    try {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(255, 255, 255)");
      const audit = await page.evaluate(auditPage);
      expect([audit.overflowPx, audit.faint]).toEqual([0, []]);
      const cut = await page.evaluate(
        () => [...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth + 1).length,
      );
      expect(cut).toBe(0);
      const pdf = await page.pdf({ format: "A4" });
      expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
      expect(pdf.toString("latin1").match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(5);
    } finally {
      await page.close();
    }
  });
});
