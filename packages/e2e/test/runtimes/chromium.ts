import { launchChromium } from "@agent-transports/lab/browser";
import { ASK_LIMIT_MS, bundle, type Runtime } from "./runtime.ts";

/** A page of the control channel's origin: the scripted servers are other origins to it. @throws Error where there is no Chromium */
export async function startChromium(origin: URL): Promise<Runtime> {
  const script = await bundle({ format: "iife", globalName: "inside", conditions: ["browser"] });
  const browser = await launchChromium();
  const problems: string[] = [];
  const page = await browser.newPage();
  page.setDefaultTimeout(ASK_LIMIT_MS);
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(origin.href);
  await page.addScriptTag({ content: script });
  return {
    async ask(query) {
      const text = await page.evaluate(`(async () => {
        const late = new Promise((_, reject) => setTimeout(reject, ${ASK_LIMIT_MS}, new Error("No answer within ${ASK_LIMIT_MS} ms.")));
        const request = new Request("/?${new URLSearchParams(query)}");
        const response = await Promise.race([inside.default.fetch(request), late]);
        if (!response.ok) throw new Error(response.status + ": " + await response.text());
        return response.text();
      })()`);
      return JSON.parse(String(text));
    },
    problems: () => problems,
    close: () => browser.close(),
  };
}
