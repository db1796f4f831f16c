import { describeRuntimeAway } from "./describe-runtime.ts";
import { deno } from "./runtimes.ts";

describeRuntimeAway(deno, 100);
