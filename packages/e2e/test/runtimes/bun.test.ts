import { describeRuntime } from "./describe-runtime.ts";
import { bun } from "./runtimes.ts";

describeRuntime(bun);
