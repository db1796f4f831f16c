import { describeRuntimeAway } from "./describe-runtime.ts";
import { bun } from "./runtimes.ts";

describeRuntimeAway(bun);
