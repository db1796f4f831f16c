import { existsSync } from "node:fs";
import { chromium, type Browser, type LaunchOptions } from "playwright-core";

const chromiumPath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

/** Why there is no browser to be measured or tested in; `null` where there is one. */
export function whyNoChromium(): string | null {
  return existsSync(chromiumPath) ? null : `there is no ${chromiumPath}: install Chromium, or say where it is in CHROMIUM_PATH.`;
}

/** @throws Error where it does not start */
export function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...args],
    ...options,
  });
}
