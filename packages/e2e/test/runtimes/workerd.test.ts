import { describeRuntime } from "./describe-runtime.ts";
import { workerd } from "./runtimes.ts";

describeRuntime(workerd);
