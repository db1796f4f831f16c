import { describeConformance, subjectOfCore } from "@agent-transports/conformance";
import { describe, it } from "vitest";
import { createWsClient } from "./core.ts";

// One after another: some cases have heartbeats of 40 ms, and this process has the server too.
describeConformance(subjectOfCore({ transport: "ws", create: createWsClient }), { describe, it });
