import { needs } from "@agent-transports/lab/needs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firefox } from "./browser/index.ts";
import { compared, lane, midway, openSite, recovered, reloaded, type Site, streaming, waiting, whole } from "./site.ts";

/** One quick walk through the main controls. `pnpm soak` runs every control's own test in Firefox. */
describe("the page in Firefox", { timeout: 180_000, ...needs(firefox.tool) }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite(firefox);
  });
  afterAll(() => site?.close());

  it("shows the log's text after a cut, offline, a reload, a text that is sent and a hand-over, with nothing lost, repeated or reordered", async () => {
    const { page, faults, close } = await midway(site);
    await page.click("[data-fault=cut]");
    await recovered(page);
    await page.click("[data-fault=offline]");
    await waiting(page);
    await page.click("[data-fault=offline]");
    await page.waitForURL(/sse=.*ws=/);
    await reloaded(page);
    await streaming(page);
    await page.fill("#input", "A word from the reader.");
    await page.click("#send button");
    for (const transport of ["sse", "ws"]) await page.waitForSelector(`[data-transport="${transport}"] .input`);
    await page.click('[data-transport="sse"] [data-part="over"]');
    await page.waitForSelector('[data-transport="ws"] .carried');
    await streaming(page, ["ws"], (await lane(page, "ws")).text.length + 100);
    await page.click("#stop");
    const shown = await compared(page, "ws");
    expect(shown).toMatchObject(whole);
    expect(shown.text).toContain("A word from the reader.");
    expect(faults).toEqual([]);
    await close();
  });
});
