import { describeConformance, subjectOfCore } from "@agent-transports/conformance";
import { describe, it } from "vitest";
import { createWsClient } from "./core.ts";

// As conformance-delayed.test.ts.
describeConformance(subjectOfCore({ transport: "ws", create: createWsClient }), { describe, it: it.concurrent }, { delayMs: 40 });
