export { launchChromium } from "./chromium.ts";
export type { FollowPage, PageRun } from "./follow-page.ts";
export { openPages, type Pages } from "./pages.ts";
export type { Moment, PageArm } from "./watch-page.ts";
