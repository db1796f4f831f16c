import { describeRuntime } from "./describe-runtime.ts";
import { startBun } from "./process.ts";

describeRuntime({ name: "Bun", userAgent: /^Bun\/1\./, start: startBun });
