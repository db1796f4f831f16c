import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { launchChromium } from "@agent-transports/lab/browser";
import type { Browser } from "playwright-core";

/** `pnpm --filter @agent-transports/playground picture`: the page in the middle of a run that was cut, as README shows it, in both themes. */
const root = join(import.meta.dirname, "../..");
const dev = spawn(
  process.execPath,
  [join(root, "packages/agent-worker/dev.ts"), "--env-file", join(import.meta.dirname, "demo.env"), "--port", "0"],
  {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  },
);
const ended = once(dev, "exit");
const browser = await launchChromium();
try {
  const url = await new Promise<string>((resolve, reject) => {
    dev.on("message", (message) => {
      if (typeof message === "object" && message !== null && "url" in message) resolve(String(message.url));
    });
    dev.once("exit", () => reject(new Error("The Worker did not start.")));
  });
  for (const theme of ["light", "dark"] as const) await take(browser, url, theme);
} finally {
  await browser.close();
  dev.kill("SIGTERM");
  await ended;
}

async function take(browser: Browser, url: string, colorScheme: "light" | "dark"): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 840 }, colorScheme, deviceScaleFactor: 1.5 });
  await page.goto(new URL("/?words=2000&pace=60", url).href);
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
  await page.screenshot({ path: join(root, "docs", `page-${colorScheme}.png`) });
  await page.close();
}
