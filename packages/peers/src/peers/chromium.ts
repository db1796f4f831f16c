import type { PeerWith } from "../peer.ts";
import { eventsPath } from "../reader.ts";

/** Chromium's own EventSource in a page of the server's origin. Each event comes over the browser's debugging pipe, which is a millisecond or two. */
export const chromium: PeerWith<"page"> = {
  id: "Chromium",
  label: "EventSource of Chromium",
  transport: "sse",
  page: {
    async open(browser, url, run, onEvent) {
      const page = await browser.newPage();
      await page.goto(url.href);
      await page.exposeFunction("received", (data: string) => {
        const chunk: { readonly delta: string } = JSON.parse(data);
        void onEvent(chunk.delta);
      });
      await page.evaluate(
        `window.source = new EventSource(${JSON.stringify(eventsPath(run))}); source.onmessage = ({ data }) => received(data);`,
      );
      return { close: () => page.close() };
    },
  },
};
