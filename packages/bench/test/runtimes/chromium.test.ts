import { chromium } from "@agent-transports/lab/tools";
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

// A reset throws away what a page that is busy has not read: its cursor is then an earlier one.
const oneByOne = "Some cases reset a connection right behind the events that must have been read.";

describeRuntime({ name: "Chromium", userAgent: / (Headless)?Chrom(e|ium)\/\d+/, start: startChromium, tool: chromium, oneByOne, cannot });
