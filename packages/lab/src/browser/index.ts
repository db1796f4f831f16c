export { launchChromium } from "./chromium.ts";
export type { FollowPage, PageRun } from "./follow-page.ts";
export { watchHandshakes } from "./handshakes.ts";
export { openPages, type Pages, type PagesOptions } from "./pages.ts";
export type { Moment, PageArm } from "./watch-page.ts";
