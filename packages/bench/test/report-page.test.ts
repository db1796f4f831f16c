import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { needs } from "@agent-transports/lab/needs";
import { chromium } from "@agent-transports/lab/tools";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildReport, renderHtml } from "../src/report/index.ts";
import type { Results } from "../src/results/schema.ts";
import { loadResults } from "../src/results/store.ts";
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

  async function open(width: number, colorScheme: "light" | "dark", at = "", shown = file): Promise<{ page: Page; troubles: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const troubles: string[] = [];
    page.on("console", (message) => troubles.push(message.text()));
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("request", (request) => {
      if (request.url().split("#")[0] !== pathToFileURL(shown).href) troubles.push(request.url());
    });
    await page.goto(`${pathToFileURL(shown).href}${at}`);
    return { page, troubles };
  }

  describe.each([390, 820, 1240, 1280])("at %i px", (width) => {
    it.each(["light", "dark"] as const)("fits the screen, loads nothing, logs nothing, and is readable, in the %s theme", async (theme) => {
      const { page, troubles } = await open(width, theme);
      try {
        const closed = await page.evaluate(auditPage);
        await page.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
        });
        const audit = await page.evaluate(auditPage);
        expect([closed.overflowPx, audit.overflowPx]).toEqual([0, 0]);
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
    const { page } = await open(1280, "light", "", fileWithoutMap);
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

  it("is short until somebody asks, on a phone as well, and begins with what to take", async () => {
    for (const [width, most] of [
      [1240, 5_500],
      [390, 11_500],
    ] as const) {
      const { page } = await open(width, "light");
      try {
        expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(most);
        expect(await page.locator("details[open]").count()).toBe(0);
      } finally {
        await page.close();
      }
    }
  });

  it(
    "of the whole standard run in this repository is at most a tenth as high as it was, and half as large",
    { timeout: 180_000 },
    async () => {
      const whole = await loadResults(fileURLToPath(new URL("../../../reports/standard/results.json.gz", import.meta.url)));
      const html = renderHtml(whole, buildReport(whole));
      // It was 2.5 MB, and 113,000 px high at this width.
      expect(html.length).toBeLessThan(1_200_000);
      const page = await browser.newPage({ viewport: { width: 1240, height: 900 } });
      try {
        await page.setContent(html);
        expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(11_300);
        expect(await page.locator(".cards").evaluate((cards) => cards.getBoundingClientRect().bottom)).toBeLessThan(700);
      } finally {
        await page.close();
      }
    },
  );

  it.each([
    ["near and far away", new URL("../../../reports/network-2/results.json.gz", import.meta.url)],
    ["on bad links", new URL("../../../reports/bad-link/results.json.gz", import.meta.url)],
  ])("has no card that its own cells leave, where sessions were measured %s", async (_where, file) => {
    const whole = await loadResults(fileURLToPath(file));
    const html = renderHtml(whole, buildReport(whole));
    for (const width of [390, 820, 1240]) {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      try {
        await page.setContent(html);
        const left = await page.evaluate(() =>
          [...document.querySelectorAll(".card td, .card th")]
            .filter(
              (cell) =>
                cell.scrollWidth > cell.clientWidth ||
                cell.getBoundingClientRect().right > (cell.closest(".card")?.getBoundingClientRect().right ?? 0),
            )
            .map((cell) => cell.textContent),
        );
        expect({ width, left }).toEqual({ width, left: [] });
      } finally {
        await page.close();
      }
    }
  });

  it.each([
    ["a question", "uplink"],
    ["a question that was not measured", "idle"],
    ["how a transport is chosen", "choice"],
  ])("opens %s where a link leads to it, with what it is called in view", async (_what, id) => {
    const { page, troubles } = await open(820, "light", `#${id}`);
    try {
      const seen = page.locator(`#${id}`);
      expect(await seen.isVisible()).toBe(true);
      const title = await seen.evaluate(
        (place) => (place.closest(".scenario") ?? place).querySelector("h3")?.getBoundingClientRect().top ?? 0,
      );
      expect(title).toBeGreaterThanOrEqual(0);
      expect(await seen.evaluate((place) => place.getBoundingClientRect().top)).toBeLessThan(900);
      expect(troubles).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it("opens what is closed around a text that the browser's search finds", async () => {
    const { page } = await open(1240, "light");
    try {
      const words = "10 sends/s: all figures";
      expect(await page.getByText(words).isVisible()).toBe(false);
      // A text fragment is found as the browser's own search finds it, and that is closed to tests.
      await page.goto(`${pathToFileURL(file).href}#:~:text=${encodeURIComponent(words)}`);
      await page.getByText(words).waitFor({ state: "visible" });
    } finally {
      await page.close();
    }
  });

  it("can be used without a pointer: each closed page is reached by Tab, and opened by Enter", async () => {
    const { page } = await open(1240, "light");
    try {
      await page.locator("#uplink-title").evaluate((title) => title.closest("summary")?.focus());
      await page.keyboard.press("Enter");
      expect(await page.locator("#uplink > .rows").isVisible()).toBe(true);
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.closest("#uplink") !== null)).toBe(true);
    } finally {
      await page.close();
    }
  });

  it("gives a screen reader one h1, landmarks, and each plot's name and figures", async () => {
    const { page } = await open(820, "light");
    try {
      // What is closed is not read out.
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
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
      // All of it, but for where samples are.
      const hidden = await page.evaluate(
        () => [...document.querySelectorAll("svg, table")].filter((one) => one.getClientRects().length === 0).length,
      );
      expect(hidden).toBe(0);
      const pdf = await page.pdf({ format: "A4" });
      expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
      expect(pdf.toString("latin1").match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(5);
    } finally {
      await page.close();
    }
  });
});
