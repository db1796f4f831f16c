import { describeRuntime } from "./describe-runtime.ts";
import { startWorkerd } from "./workerd.ts";

describeRuntime({ name: "workerd", userAgent: /^Cloudflare-Workers$/, start: startWorkerd });
