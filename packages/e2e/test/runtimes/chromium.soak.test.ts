import { describeRuntimeAway } from "./describe-runtime.ts";
import { chromium } from "./runtimes.ts";

describeRuntimeAway(chromium);
