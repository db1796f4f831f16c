import { describeRuntimeAway } from "./describe-runtime.ts";
import { workerd } from "./runtimes.ts";

describeRuntimeAway(workerd);
