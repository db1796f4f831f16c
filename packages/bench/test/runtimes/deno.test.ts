import { describeRuntime } from "./describe-runtime.ts";
import { startDeno } from "./process.ts";

describeRuntime({ name: "Deno", userAgent: /^Deno\/2\./, start: startDeno });
