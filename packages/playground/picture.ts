import { join } from "node:path";
import { launchChromium } from "@agent-transports/lab/browser";
import { startWorker } from "@agent-transports/lab/worker-host";

/** `pnpm --filter @agent-transports/playground picture`: the page in the middle of a run that was cut twice, as README shows it, in both themes. */
const docs = join(import.meta.dirname, "../../docs");
const host = await startWorker({ assets: join(import.meta.dirname, "../agent-worker/public") });
const browser = await launchChromium();
try {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme, deviceScaleFactor: 1.5 });
    await page.goto(new URL("/?words=2000&pace=60", host.url).href);
    await page.click("#start");
    const grown = (characters: number): Promise<unknown> =>
      page.waitForFunction(
        (characters) => [...document.querySelectorAll(".lane .text")].every(({ textContent }) => (textContent?.length ?? 0) > characters),
        characters,
      );
    await grown(1_200);
    await page.click("[data-fault=cut]");
    await grown(2_600);
    await page.check("input[value=ws]", { force: true });
    await page.click("[data-fault=cut]");
    await grown(4_000);
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(docs, `page-${colorScheme}.png`) });
    await page.close();
  }
} finally {
  await browser.close();
  await host.dispose();
}
