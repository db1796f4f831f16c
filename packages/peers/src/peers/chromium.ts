import type { Browser } from "playwright-core";
import type { OnEvent } from "../arms/index.ts";
import { eventsPath } from "../wire.ts";

/** Chromium's own EventSource in a page of the server's origin. Each event comes over the browser's debugging pipe, which is a millisecond or two. */
export async function openInChromium(browser: Browser, url: URL, onEvent: OnEvent): Promise<{ close(): Promise<void> }> {
  const page = await browser.newPage();
  await page.goto(url.href);
  await page.exposeFunction("received", (data: string) => {
    const chunk: { readonly delta: string } = JSON.parse(data);
    void onEvent(chunk.delta);
  });
  await page.evaluate(
    `window.source = new EventSource(${JSON.stringify(eventsPath("live"))}); source.onmessage = ({ data }) => received(data);`,
  );
  return { close: () => page.close() };
}
