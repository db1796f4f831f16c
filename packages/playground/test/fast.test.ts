import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browsers } from "./browser/index.ts";
import { compared, openSite, streaming, whole, type Site } from "./site.ts";

const WORDS = 6_000;

/** How quick a busy machine draws is no fault of the page: what it says of that is asserted here, and how much it is by `smooth`, on a quiet one. */
for (const kind of browsers) {
  describe(`the page in ${kind.name} at 1,000 tokens/s`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    let site: Site;
    beforeAll(async () => {
      site = await openSite(kind);
    });
    afterAll(() => site?.close());

    it("shows all of the text in both lanes, and says how many tasks were long and which share of frames was dropped", async () => {
      const { page, close, faults } = await site.open(`?words=${WORDS}&pace=1000`);
      await page.click("#start");
      await streaming(page);
      const [sse, ws] = [await compared(page, "sse"), await compared(page, "ws")];
      expect({ sse, ws }).toMatchObject({ sse: whole, ws: whole });
      expect(sse.text.match(/\S+/g)).toHaveLength(WORDS);
      expect(ws.text).toBe(sse.text);
      const tasks = kind.tellsLongTasks ? /\d+ tasks? over 50 ms(, the longest \d+ ms)?/ : /this browser does not tell of tasks over 50 ms/;
      await expect
        .poll(() => page.textContent("#smoothness"))
        .toMatch(new RegExp(`^This page while text streamed: ${tasks.source}; \\d+\\.\\d % of frames dropped\\.$`));
      expect(faults).toEqual([]);
      await close();
    });

    if (!kind.tellsLongTasks) return;

    it("counts a task that takes long", async () => {
      const { page, close } = await site.open(`?words=${WORDS}&pace=1000`);
      await page.click("#start");
      await streaming(page);
      const BUSY_MS = 300;
      // A task of the page's own: what is evaluated from outside is none.
      await page.evaluate((busyMs) => {
        setTimeout(() => {
          const until = performance.now() + busyMs;
          while (performance.now() < until) continue;
        });
      }, BUSY_MS);
      await expect
        .poll(async () => Number(/the longest (\d+) ms/.exec((await page.textContent("#smoothness")) ?? "")?.[1]))
        .toBeGreaterThanOrEqual(BUSY_MS);
      await close();
    });
  });
}
