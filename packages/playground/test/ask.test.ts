import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browsers, type Page } from "./browser/index.ts";
import { compared, eventually, lane, openSite, type Site, whole } from "./site.ts";
import { openStranger } from "./stranger.ts";

/** What a field says is wrong with it. */
const wrong = (page: Page, id: string): Promise<string | undefined> =>
  page.evaluate((id) => document.querySelector<HTMLInputElement>(`#${id}`)?.validationMessage, id);

for (const kind of browsers) {
  describe.concurrent(`the page's form in ${kind.name}`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    let site: Site;
    beforeAll(async () => {
      site = await openSite(kind);
    });
    afterAll(() => site?.close());

    it("asks ten answers of the Agent that the form names, once a person says so", async () => {
      const [linked, typed] = [await openStranger(), await openStranger()];
      try {
        const { page, close } = await site.open(`?url=${encodeURIComponent(linked.url)}&name=n&sse=x&ws=y`);
        await page.waitForSelector("#many button:enabled");
        await page.fill("#url", "localhost:1");
        await page.click("#many button");
        expect(await wrong(page, "url")).toMatch(/^Begin with https/);
        await page.fill("#url", typed.url);
        await page.click("#many button");
        await eventually(() => expect(typed.asked.length).toBeGreaterThanOrEqual(2));
        expect(linked.asked).toHaveLength(0);
        expect(await page.textContent("#about")).not.toContain("Nothing is asked of it");
        // The link's runs are still there to follow.
        expect(await page.isVisible("#follow")).toBe(true);
        await close();
      } finally {
        await linked.close();
        await typed.close();
      }
    });

    it("answers after a link with a name that no agent can have, and takes none that is typed", async () => {
      const { page, close, faults } = await site.open("?name=runs&sse=x&ws=y&words=60&pace=200");
      await page.waitForSelector("#start:enabled");
      await page.waitForSelector("#replay-play:enabled");
      await page.evaluate(() => {
        const name = document.querySelector<HTMLInputElement>("#name");
        name?.setRangeText("tickets");
        name?.dispatchEvent(new Event("input", { bubbles: true }));
      });
      await page.click("#start");
      expect(await page.isVisible("#name")).toBe(true);
      expect(await wrong(page, "name")).toMatch(/^Give 1 to 124 letters/);
      expect((await lane(page, "sse")).state).toBe("idle");
      await page.fill("#name", "");
      await page.click("#start");
      for (const transport of ["sse", "ws"] as const) expect(await compared(page, transport)).toMatchObject(whole);
      expect(faults).toEqual([]);
      await close();
    });

    it("asks nobody where a URL has no scheme, and keeps no token for this page's own Worker", async () => {
      const { page, close, paths } = await site.open();
      await page.waitForSelector("#start:enabled");
      await page.click(".elsewhere summary");
      await page.fill("#url", "localhost:8787");
      await page.fill("#token", "a-token-that-nobody-can-guess");
      await page.click("#start");
      expect(await wrong(page, "url")).toMatch(/^Begin with https/);
      expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
      expect([...paths].filter((path) => path.startsWith("/agents/"))).toEqual([]);
      // For whom it was typed is known no better once the URL is taken away.
      await page.fill("#url", "");
      await page.focus("#name");
      expect(await page.inputValue("#token")).toBe("");
      await close();
    });

    it("answers in a browser that lets a page keep nothing", async () => {
      const { page, close } = await site.open();
      await page.addInitScript(() =>
        Object.defineProperty(globalThis, "sessionStorage", {
          get: () => {
            throw new DOMException("Access is denied for this document.", "SecurityError");
          },
        }),
      );
      await page.goto(new URL("/?words=60&pace=200", site.host.url).href);
      await page.click("#start");
      for (const transport of ["sse", "ws"] as const) expect(await compared(page, transport)).toMatchObject(whole);
      await close();
    });
  });
}
