import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launchChromium } from "@agent-transports/lab/browser";
import type { Browser, Page } from "playwright-core";
import { startDev } from "./start-dev.ts";

/**
 * `pnpm --filter @agent-transports/playground picture`: a run that is cut, taken offline and handed over, in six frames of the page, as README shows it, in
 * both themes.
 */
/** High enough for the whole of both lanes. */
const FRAME = { width: 1100, height: 1400 };
const SHOWN = { columns: 2, width: 640 };

interface Frame {
  readonly caption: string;
  /** PNG, as `data:` URL. */
  readonly image: string;
}

const [dev, browser] = await Promise.all([startDev(), launchChromium()]);
try {
  for (const theme of ["light", "dark"] as const) {
    const file = join(import.meta.dirname, "../../docs", `page-${theme}.webp`);
    await writeFile(file, await sheetOf(browser, await framesOf(browser, dev.url, theme), theme));
    console.log(`${file}: ${((await stat(file)).size / 1_000).toFixed(0)} kB`);
  }
} finally {
  await browser.close();
  await dev.end();
}

async function framesOf(browser: Browser, url: string, colorScheme: "light" | "dark"): Promise<readonly Frame[]> {
  const page = await browser.newPage({ viewport: FRAME, colorScheme });
  await page.goto(new URL("/?words=20000&pace=60", url).href);
  const frames: Frame[] = [];
  const take = async (caption: string): Promise<void> => {
    await page.mouse.move(0, 0);
    const image = await page.locator("#lanes").screenshot();
    frames.push({ caption, image: `data:image/png;base64,${image.toString("base64")}` });
  };
  await page.click("#start");
  await grown(page, 1_200);
  await take("One run, over both transports.");
  await page.click("[data-fault=cut]");
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".lane .figures")].every(({ textContent }) => /Reconnects1/.test(textContent ?? "")),
  );
  await grown(page, 600);
  await take("Cut: both reconnect, and go on.");
  await page.click("[data-fault=offline]");
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".lane [data-part=state]")].every(({ textContent }) => textContent === "waiting"),
  );
  await take("Offline: both wait.");
  await page.click("[data-fault=offline]");
  await grown(page, 600);
  await take("Online again: nothing is lost.");
  await page.click('[data-transport="sse"] [data-part="over"]');
  await grown(page, 600, '[data-transport="ws"]');
  await take("SSE has handed over. WebSocket goes on.");
  await page.click("#stop");
  await page.waitForSelector('[data-transport="ws"] .verdict[data-equal="true"]');
  await take("Stopped: the text is the log’s.");
  await page.close();
  return frames;
}

/** Waits until so much more text is shown than now. */
async function grown(page: Page, characters: number, within = ".lane"): Promise<void> {
  const length = (selector: string): Promise<number[]> =>
    page.locator(`${selector} [data-part=text]`).evaluateAll((texts) => texts.map(({ textContent }) => textContent?.length ?? 0));
  const before = await length(within);
  await page.waitForFunction(
    ([selector, lengths]) =>
      [...document.querySelectorAll(`${selector} [data-part=text]`)].every(
        ({ textContent }, index) => (textContent?.length ?? 0) > (lengths[index] ?? 0),
      ),
    [within, before.map((one) => one + characters)] as const,
  );
}

/** Frames with their captions, on nothing: README's own background is seen between them. */
async function sheetOf(browser: Browser, frames: readonly Frame[], colorScheme: "light" | "dark"): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: SHOWN.columns * SHOWN.width, height: 600 }, colorScheme });
  const figures = frames.map(
    ({ caption, image }, index) => `<figure><img src="${image}"><figcaption>${index + 1}. ${caption}</figcaption></figure>`,
  );
  await page.setContent(`<style>
    body { display: grid; grid-template-columns: repeat(${SHOWN.columns}, 1fr); gap: 24px; width: fit-content; margin: 0; font: 24px system-ui; color: ${colorScheme === "light" ? "#1d1d22" : "#e7e7ec"} }
    figure { margin: 0 } img { display: block; width: ${SHOWN.width}px } figcaption { padding-top: 8px }
  </style>${figures.join("")}`);
  await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  const sheet = await page.locator("body").screenshot({ type: "webp", quality: 42, omitBackground: true });
  await page.close();
  return sheet;
}
