import { join } from "node:path";
import { launchChromium } from "@agent-transports/lab/browser";
import { startWorker } from "@agent-transports/lab/worker-host";

/**
 * `pnpm --filter @agent-transports/playground smooth`: how smoothly the page shows 1,000 tokens/s over both transports, in its own words. On a machine
 * that does nothing else; the model, the Worker and the browser share it.
 */
const RUNS = 3;
const words = Number(process.argv[2] ?? 20_000);
const LIMIT_MS = 120_000;

const [host, browser] = await Promise.all([startWorker({ assets: join(import.meta.dirname, "../agent-worker/public") }), launchChromium()]);
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(new URL(`/?words=${words}&pace=1000`, host.url).href);
  for (let run = 1; run <= RUNS; run++) {
    await page.click("#start");
    // Another question clears what was compared.
    await page.waitForSelector(".verdict:not([data-equal])", { state: "attached" });
    await page.waitForFunction(() => document.querySelectorAll('.verdict[data-equal="true"]').length === 2, undefined, {
      timeout: LIMIT_MS,
    });
    console.log(`Run ${run} of ${RUNS}, ${words} tokens at 1,000 a second. ${await page.textContent("#smoothness")}`);
  }
} finally {
  await browser.close();
  await host.dispose();
}
