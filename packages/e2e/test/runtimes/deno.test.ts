import { describeRuntime } from "./describe-runtime.ts";
import { deno } from "./runtimes.ts";

describeRuntime(deno);
