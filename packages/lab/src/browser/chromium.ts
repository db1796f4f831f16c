import type { Browser, LaunchOptions } from "playwright-core";
import { chromiumPath } from "../tools.ts";

/** @throws Error where it does not start */
export async function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  // 0.4 s of a processor: only whoever starts a browser pays for it.
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...args],
    ...options,
  });
}
