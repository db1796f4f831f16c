export { launchChromium } from "./chromium.ts";
export { BidiError } from "./bidi.ts";
export { launchFirefox, type Firefox } from "./firefox.ts";
export type { FirefoxTab } from "./firefox-tab.ts";
export type { FollowPage, OpenConnections, PageApplication, PageRun } from "./follow-page.ts";
export { watchHandshakes } from "./handshakes.ts";
export { openPages, tellNetwork, type NetworkKind, type Pages, type PagesOptions } from "./pages.ts";
export type { Moment, PageArm } from "./watch-page.ts";
