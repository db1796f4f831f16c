import type { Browser, LaunchOptions } from "playwright-core";
import { chromiumPath } from "../tools.ts";

/** Ctrl-C is the program's to handle, and ends Chromium at the latest with the program: Playwright would end both at once. @throws Error where it does not start */
export async function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  // 0.4 s of a processor: only whoever starts a browser pays for it.
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath: chromiumPath(),
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...args],
    ...options,
  });
}
