import { chromium } from "../../src/tools.ts";
import { startChromium } from "./chromium.ts";
import { describeRuntime } from "./describe-runtime.ts";

const readsAhead =
  "Chromium itself reads some 64 MB ahead of a page, more than the case sends; that the client reads no further is a case of its own";

const cannot = [
  { suite: "a client over sse", title: "makes a slow application slow the server, and then delivers all", because: readsAhead },
  {
    suite: "a client over sse",
    title: "makes an application that is slow to take bytes slow the server, and then delivers all",
    because: readsAhead,
  },
];

describeRuntime({ name: "Chromium", userAgent: / (Headless)?Chrom(e|ium)\/\d+/, start: startChromium, tool: chromium, cannot });
