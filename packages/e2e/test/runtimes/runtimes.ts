/** The runtimes in which the clients are tested, besides Node, where the packages' own tests run. */
import { chromium as chromiumTool } from "@agent-transports/lab/tools";
import { startChromium } from "./chromium.ts";
import type { RuntimeUnderTest } from "./describe-runtime.ts";
import { startBun, startDeno } from "./process.ts";
import { installedVersions } from "./versions.ts";
import { startWorkerd } from "./workerd.ts";

const versions = await installedVersions();

export const bun: RuntimeUnderTest = { name: "Bun", userAgent: `Bun/${versions.bun}`, start: startBun };

export const deno: RuntimeUnderTest = { name: "Deno", userAgent: `Deno/${versions.deno}`, start: startDeno };

export const workerd: RuntimeUnderTest = { name: "workerd", userAgent: /^Cloudflare-Workers$/, start: startWorkerd };

const readsAhead =
  "Chromium itself reads some 64 MB ahead of a page, more than the case sends; that the client reads no further is a case of its own";

export const chromium: RuntimeUnderTest = {
  name: "Chromium",
  userAgent: / (Headless)?Chrom(e|ium)\/\d+/,
  start: startChromium,
  tool: chromiumTool,
  cannot: [
    {
      suite: "a client over sse",
      title: "slows the server down when the application is slow, and then delivers everything",
      because: readsAhead,
    },
    {
      suite: "a client over sse",
      title: "slows the server down when a loop over batches is slow, and then delivers everything",
      because: readsAhead,
    },
    {
      suite: "a client over sse",
      title: "slows the server down when the application reads bytes slowly, and then delivers everything",
      because: readsAhead,
    },
  ],
};
