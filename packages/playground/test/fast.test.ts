import { needs } from "@agent-transports/lab/needs";
import { chromium } from "@agent-transports/lab/tools";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compared, openSite, streaming, whole, type Site } from "./site.ts";

const WORDS = 6_000;

/** How quick a busy machine draws is no fault of the page: what it says of that is asserted here, and how much it is by `smooth`, on a quiet one. */
describe("the page at 1,000 tokens/s", { timeout: 120_000, ...needs(chromium) }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site?.close());

  it("shows all of the text in both lanes, and says how many tasks were long and which share of frames was dropped", async () => {
    const { page, faults } = await site.open(`?words=${WORDS}&pace=1000`);
    await page.click("#start");
    await streaming(page);
    const [sse, ws] = [await compared(page, "sse"), await compared(page, "ws")];
    expect({ sse, ws }).toMatchObject({ sse: { ...whole, reconnects: 0 }, ws: { ...whole, reconnects: 0 } });
    expect(sse.text.match(/\S+/g)).toHaveLength(WORDS);
    expect(ws.text).toBe(sse.text);
    await expect
      .poll(() => page.textContent("#smoothness"))
      .toMatch(/^This page while text streamed: \d+ tasks? over 50 ms(, the longest \d+ ms)?; \d+\.\d % of frames dropped\.$/);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("counts a task that takes long", async () => {
    const { page } = await site.open(`?words=${WORDS}&pace=1000`);
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
    const longest = await page.waitForFunction((busyMs) => {
      const longestMs = Number(/the longest (\d+) ms/.exec(document.querySelector("#smoothness")?.textContent ?? "")?.[1]);
      return longestMs >= busyMs ? longestMs : 0;
    }, BUSY_MS);
    expect(await longest.jsonValue()).toBeGreaterThanOrEqual(BUSY_MS);
    await page.context().close();
  });
});
