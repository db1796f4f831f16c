import { inject } from "vitest";
import { chromium } from "./chromium.ts";
import { firefox } from "./firefox.ts";
import type { BrowserKind } from "./page.ts";

export { firefox };
export { PLAIN_HOST, type Browser, type BrowserKind, type OpenPage, type Page, type Shape } from "./page.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Whether this is `pnpm soak`. */
    soak: boolean;
  }
}

/** For tests that only `pnpm soak` runs. `FIREFOX_SOAK=0` leaves out Firefox, for who has no time. */
export const browsers: readonly BrowserKind[] = process.env["FIREFOX_SOAK"] === "0" ? [chromium] : [chromium, firefox];

/** For tests that `pnpm test` runs in Chromium. So that it stays quick, `pnpm soak` runs them in Firefox. */
export const browserInTurn: BrowserKind = inject("soak") ? firefox : chromium;
