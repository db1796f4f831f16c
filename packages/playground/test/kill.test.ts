import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, browsers } from "./browser/index.ts";
import { startDev, type Dev } from "../start-dev.ts";
import { compared, streaming, whole } from "./site.ts";

/** The next Worker starts, and the clients come back to it: each on a busy machine. */
const RESTART_MS = 100_000;

for (const kind of browsers) {
  describe(`the page of demo in ${kind.name}, whose Worker is killed`, { timeout: 240_000, ...needs(kind.tool) }, () => {
    let dev: Dev;
    let browser: Browser;
    beforeAll(async () => {
      [dev, browser] = await Promise.all([startDev(), kind.launch()]);
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      await dev?.end();
    });

    it("shows the run in both lanes as the next Worker goes on with it: whole, and when it was taken up", async () => {
      const { page, close } = await browser.open();
      await page.goto(new URL("/?words=900&pace=60", dev.url).href);
      await page.click("#start");
      await streaming(page);
      await page.click("[data-fault=kill]");
      const [sse, ws] = [await compared(page, "sse", RESTART_MS), await compared(page, "ws", RESTART_MS)];
      expect({ sse, ws }).toMatchObject({
        sse: { ...whole, verdict: expect.stringMatching(/^The run is finished\. It was interrupted, and went on\. Text equals/) },
        ws: { ...whole, verdict: expect.stringMatching(/^The run is finished\. It was interrupted, and went on\. Text equals/) },
      });
      expect(sse.text).toBe(ws.text);
      expect(Math.min(sse.reconnects, ws.reconnects)).toBeGreaterThan(0);
      // The next question goes to the next Worker.
      await page.click("#start");
      await streaming(page);
      await close();
    });
  });
}
