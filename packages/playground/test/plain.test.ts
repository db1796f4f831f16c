/** Both pages over plain HTTP from another machine, as at `http://192.168.1.5:8787`: browsers keep much from such pages. */
import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browsers, PLAIN_HOST, type Page } from "./browser/index.ts";
import { compared, eventually, openSite, type Site, whole } from "./site.ts";

/** What the page has of that which browsers keep from it. */
function kept(page: Page): Promise<unknown> {
  return page.evaluate(() => ({
    isSecureContext,
    crypto: ["randomUUID", "subtle"].filter((name) => name in crypto),
    locks: "locks" in navigator,
  }));
}

for (const kind of browsers) {
  describe.concurrent(`over plain HTTP in ${kind.name}`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    let site: Site;
    let url: URL;
    beforeAll(async () => {
      site = await openSite(kind);
      url = new URL(site.host.url);
      url.hostname = PLAIN_HOST;
    });
    afterAll(() => site?.close());

    it("the page with both side by side shows the log's text in both lanes, and says that it has no SHA-256 to show", async () => {
      const { page, close, faults, origins } = await site.open(new URL("/?words=60&pace=200", url).href);
      expect(await kept(page)).toEqual({ isSecureContext: false, crypto: [], locks: false });
      await page.click("#start");
      for (const transport of ["sse", "ws"] as const) {
        const lane = await compared(page, transport);
        expect(lane).toMatchObject(whole);
        expect(lane.verdict).toMatch(/ Text equals the log’s\. No SHA-256 is shown: the page came over plain HTTP\.$/);
      }
      expect(faults).toEqual([]);
      expect([...origins]).toEqual([url.origin]);
      await close();
    });

    it.each(["sse", "ws"])("the page with useChat answers over %s", async (transport) => {
      const { page, close, faults } = await site.open(new URL(`/page/chat?transport=${transport}`, url).href);
      expect(await kept(page)).toEqual({ isSecureContext: false, crypto: [], locks: false });
      await page.fill("input", "Write 30 words at 60 tokens/s.");
      await page.keyboard.press("Enter");
      const words = (): Promise<(number | undefined)[]> =>
        page.evaluate(() => [...document.querySelectorAll(".assistant")].map(({ textContent }) => textContent?.match(/\S+/g)?.length));
      await eventually(async () => expect(await words()).toEqual([30]));
      expect(faults).toEqual([]);
      await close();
    });
  });
}
