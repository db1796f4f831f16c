import { chromium, type Browser, type LaunchOptions } from "playwright-core";
import { chromiumPath } from "../tools.ts";

/** @throws Error where it does not start */
export function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...args],
    ...options,
  });
}
