import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { needs } from "@agent-transports/lab/needs";
import type { AxeResults } from "axe-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserInTurn, type Page } from "./browser/index.ts";
import { built, eventually, openSite, type Site, streaming } from "./site.ts";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with a page, each with the elements. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  // Not as a script of the document, whose policy allows none but its own.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 100)).join(" | ")}`);
}

/** In the page: what reaches out of the panel that it is in, on the right. */
function outsidePanels(): string[] {
  return [...document.querySelectorAll(".panel")].flatMap((panel) => {
    const { right } = panel.getBoundingClientRect();
    return [...panel.querySelectorAll("button, input, select, h2, dd")]
      .filter((element) => element.getBoundingClientRect().right > right)
      .map((element) => element.outerHTML.slice(0, 100));
  });
}

describe(`the page in ${browserInTurn.name}`, { timeout: 120_000, ...needs(browserInTurn.tool) }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite(browserInTurn);
  });
  afterAll(() => site?.close());

  it.each([
    [390, "light"],
    [820, "dark"],
    [1280, "light"],
  ] as const)("has nothing that axe finds, and nothing that is wider than a screen of %i px, %s", async (width, colorScheme) => {
    const { page, close, faults } = await site.open("?words=20000", { viewport: { width, height: 800 }, colorScheme });
    await page.click("#start");
    await streaming(page);
    expect(await page.evaluate((scheme) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches, colorScheme)).toBe(true);
    await page.click("[data-fault=slow]");
    expect(await faultsOf(page)).toEqual([]);
    // Where a scroll bar takes up width, there is less of it.
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    expect(await page.evaluate(outsidePanels)).toEqual([]);
    await page.click("#stop");
    expect(faults).toEqual([]);
    await close();
  });

  it("can be used with the keyboard alone", async () => {
    const { page, close } = await site.open("?words=20000");
    await page.waitForSelector("#start:enabled");
    await page.focus("#prompt");
    await page.keyboard.press("Enter");
    await streaming(page);
    /** What can be used of the form and of the faults, as far as the first one: of the lines, the one that is chosen. */
    const controls = await page.evaluate(() => {
      const all = [
        ...document.querySelectorAll<HTMLElement>("#ask :is(input, select, button, summary), .break :is(input:checked, button)"),
      ].filter((element) => element.checkVisibility() && !element.matches(":disabled"));
      for (const [index, element] of all.entries()) element.dataset["order"] = String(index);
      return {
        prompt: document.activeElement?.getAttribute("data-order"),
        cut: all.findIndex(({ dataset }) => dataset["fault"] === "cut"),
      };
    });
    expect(controls.cut).toBeGreaterThan(5);
    const reached: (string | null | undefined)[] = [controls.prompt];
    for (let press = 0; press < controls.cut; press++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(() => document.activeElement?.getAttribute("data-order")));
    }
    expect(reached).toEqual(Array.from({ length: controls.cut + 1 }, (_, index) => String(index)));
    await page.keyboard.press("Space");
    await eventually(async () => expect(await page.textContent('[data-transport="ws"] .figures')).toMatch(/Reconnects[1-9]/));
    await close();
  });

  it("at /page/chat can be used with the keyboard alone: a button that was pressed keeps the focus", async () => {
    const { page, close } = await site.open("/page/chat");
    const [send, stop] = ["form button[type=submit]", "form button[type=button]"];
    const focused = (): Promise<string | null | undefined> => page.evaluate(() => document.activeElement?.textContent);
    await page.fill("input", "Write 20000 words at 60 tokens/s.");
    await page.press(send, "Enter");
    await page.waitForSelector(".assistant");
    expect(await page.getAttribute(send, "aria-disabled")).toBe("true");
    expect(await focused()).toBe("Send");
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Stop");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[aria-busy=false]");
    expect(await page.getAttribute(stop, "aria-disabled")).toBe("true");
    expect(await focused()).toBe("Stop");
    await close();
  });

  it("moves nothing while text streams", async () => {
    const { page, close } = await site.open("?words=20000&pace=400");
    // What the Worker says of itself comes before that.
    await page.waitForSelector("#start:enabled");
    // The first frames of a page that was just opened may have been of another size.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await page.evaluate(() => {
      const places = (): string[] =>
        [...document.querySelectorAll(".panel, h2, button, input, canvas, dl")].map((element) => {
          const { left, top, width, height } = element.getBoundingClientRect();
          return `${element.tagName} ${element.id} ${element.className}: ${[left, top + scrollY, width, height].join(" ")}`;
        });
      // Firefox tells a page of no layout shifts.
      const before = places();
      const shifts = new Set<string>();
      Object.assign(globalThis, { shifts });
      requestAnimationFrame(function look() {
        for (const [index, place] of places().entries()) if (place !== before[index]) shifts.add(`${before[index]} → ${place}`);
        requestAnimationFrame(look);
      });
    });
    await page.click("#start");
    await streaming(page, ["sse", "ws"], 4_000);
    // As one string, so that a report of a few lines names what moved.
    expect(await page.evaluate(`[...shifts].join("\\n")`)).toBe("");
    await close();
  });

  it.each([390, 820, 1280])("has room for what it says once it is loaded, on a screen of %i px", async (width) => {
    const { page, close } = await site.open("", { viewport: { width, height: 900 } });
    await page.waitForSelector("#replay-play:enabled");
    const moved = await page.evaluate(() => {
      const said = [...document.querySelectorAll<HTMLElement>("header [role=status], #replay [role=status]")];
      const places = (): number[] => [...document.querySelectorAll(".panel")].map((panel) => panel.getBoundingClientRect().bottom);
      const loaded = places();
      return said.map((element) => {
        const { id, textContent } = element;
        element.textContent = "";
        const before = places();
        element.textContent = textContent;
        return { id, says: textContent !== "", moved: before.some((place, index) => place !== loaded[index]) };
      });
    });
    expect(moved).toEqual([
      { id: "about", says: true, moved: false },
      { id: "replay-said", says: true, moved: false },
    ]);
    await close();
  });

  it.each([
    ["/", "#replay-play:enabled", 150_000],
    ["/page/chat", "form button", 152_000],
  ])("at %s weighs less than its bound, compressed", async (path, drawn, bound) => {
    const { page, close, paths } = await site.open(path);
    await page.waitForSelector(drawn);
    const documents: Readonly<Record<string, string>> = { "/": "index.html", "/page/chat": "page/chat.html" };
    const files = [...paths].filter((path) => path in documents || path.startsWith("/page/assets/"));
    expect(files.some((path) => path.endsWith(".js"))).toBe(true);
    const sizes = await Promise.all(files.map(async (path) => gzipSync(await readFile(join(built, documents[path] ?? path))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(bound);
    await close();
  });

  it("is served so that its scripts and styles are loaded once, are taken for nothing else, and one that is not there yet is asked for again", async () => {
    const { page, close, paths } = await site.open();
    await page.waitForSelector("#replay-play:enabled");
    for (const path of [...paths].filter((path) => path.startsWith("/page/assets/"))) {
      const { headers } = await fetch(new URL(path, site.host.url));
      const again = await fetch(new URL(path, site.host.url), { headers: { "If-None-Match": headers.get("ETag") ?? "" } });
      expect({ path, status: again.status }).toEqual({ path, status: 304 });
      expect({ path, ...Object.fromEntries(headers) }).toMatchObject({
        path,
        "cache-control": "public, max-age=0, must-revalidate",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
    }
    const none = await fetch(new URL("/page/assets/none.js", site.host.url));
    expect(none.status).toBe(404);
    expect(none.headers.get("Cache-Control") ?? "").not.toMatch(/immutable|max-age=[1-9]/);
    await close();
  });
});
