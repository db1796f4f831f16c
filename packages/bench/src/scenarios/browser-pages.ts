import { openPages } from "../browser/pages.ts";
import { keptByLab } from "../lab.ts";

/** One Chromium for all scenarios that measure in it. */
export const pagesOf = keptByLab(openPages);
