import { needs } from "@agent-transports/lab/needs";
import { startProxy } from "@agent-transports/lab/proxy";
import { chromium } from "@agent-transports/lab/tools";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSite, recovered, stopped, streaming, whole, type Site } from "./site.ts";

describe("the page in a browser that is offline", { timeout: 60_000, ...needs(chromium) }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site?.close());

  it("waits, and goes on when it is back", async () => {
    const proxy = await startProxy(site.host.url);
    const { page } = await site.open(new URL("/?words=20000&pace=60", proxy.url).href);
    await page.click("#start");
    await streaming(page);
    await page.context().setOffline(true);
    // The browser opens nothing any more. What is open is the network's to break.
    proxy.reset();
    await page.waitForFunction(() =>
      [...document.querySelectorAll("[data-part=state]")].every(({ textContent }) => textContent === "waiting"),
    );
    await page.context().setOffline(false);
    await recovered(page);
    expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
    await page.context().close();
    await proxy.close();
  });
});
