import { describeConformance, subjectOfCore } from "@agent-transports/conformance";
import { describe, it } from "vitest";
import { createSseClient } from "./core.ts";

// As conformance-delayed.test.ts.
describeConformance(subjectOfCore({ transport: "sse", create: createSseClient }), { describe, it: it.concurrent }, { delayMs: 40 });
