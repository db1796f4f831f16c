import { describeRuntime } from "./describe-runtime.ts";
import { chromium } from "./runtimes.ts";

describeRuntime(chromium);
