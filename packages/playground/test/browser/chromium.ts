import { launchChromium } from "@agent-transports/lab/browser";
import { chromium as tool } from "@agent-transports/lab/tools";
import type { BrowserContext } from "playwright-core";
import { Asked, PLAIN_HOST, VIEWPORT, type BrowserKind, type OpenPage } from "./page.ts";

export const chromium: BrowserKind = {
  name: "Chromium",
  tool,
  tellsLongTasks: true,
  connections: 6,
  keepsConnectedPages: true,
  async launch() {
    // Playwright switches the back/forward cache off, which browsers have.
    const browser = await launchChromium({
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
      args: [`--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`],
    });
    return {
      open: async (shape = {}) => open(await browser.newContext({ viewport: VIEWPORT, ...shape })),
      close: () => browser.close(),
    };
  },
};

async function open(context: BrowserContext): Promise<OpenPage> {
  const page = await context.newPage();
  const faults: string[] = [];
  const asked = new Asked();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => asked.take(request.url()));
  return {
    page,
    faults,
    origins: asked.origins,
    paths: asked.paths,
    beside: () => open(context),
    async download(selector) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
      return download.path();
    },
    setOffline: (offline) => context.setOffline(offline),
    refuse: async (answer) => {
      await page.route("**/*", async (route) => {
        const refusal = answer({ url: route.request().url(), headers: new Map(Object.entries(route.request().headers())) });
        await (refusal === undefined ? route.continue() : route.fulfill(refusal));
      });
    },
    close: () => context.close(),
  };
}
