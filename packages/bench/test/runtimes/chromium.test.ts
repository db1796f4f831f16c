import { startChromium } from "./chromium.ts";
import { describeRuntime } from "./describe-runtime.ts";

describeRuntime({ name: "Chromium", userAgent: / (Headless)?Chrom(e|ium)\/\d+/, start: startChromium });
