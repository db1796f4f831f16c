import { openPages } from "@agent-transports/lab/browser";
import { keptByLab } from "../../lab/lab.ts";

/** One Chromium for all scenarios that measure in it. */
export const pagesOf = keptByLab(() => openPages());
