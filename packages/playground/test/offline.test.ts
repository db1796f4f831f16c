import { needs } from "@agent-transports/lab/needs";
import { startProxy } from "@agent-transports/lab/proxy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browsers } from "./browser/index.ts";
import { openSite, recovered, stopped, streaming, type Site, waiting, whole } from "./site.ts";

for (const kind of browsers) {
  describe(`the page in ${kind.name}, which is offline`, { timeout: 120_000, ...needs(kind.tool) }, () => {
    let site: Site;
    beforeAll(async () => {
      site = await openSite(kind);
    });
    afterAll(() => site?.close());

    it("waits, and goes on when it is back", async () => {
      const proxy = await startProxy(site.host.url);
      const { page, setOffline, close } = await site.open(new URL("/?words=20000&pace=60", proxy.url).href);
      await page.click("#start");
      await streaming(page);
      await setOffline(true);
      // The browser opens nothing any more. What is open is the network's to break.
      proxy.reset();
      await waiting(page);
      await setOffline(false);
      await recovered(page);
      expect(await stopped(page)).toMatchObject({ sse: whole, ws: whole });
      await close();
      await proxy.close();
    });
  });
}
