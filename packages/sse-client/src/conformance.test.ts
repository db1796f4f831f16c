import { describeConformance, describeFirstContact } from "@agent-transports/conformance";
import { describe, it } from "vitest";
import { createSseClient } from "./client.ts";

// One after another: some cases have heartbeats of 40 ms, and this process has the server too.
const runner = { describe, it };

describeConformance({ transport: "sse", create: createSseClient }, runner);
describeFirstContact({ transport: "sse", create: createSseClient }, runner);
