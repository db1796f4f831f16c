import { describeConformance, describeFirstContact } from "@agent-transports/conformance";
import { describe, it } from "vitest";
import { createSseClient } from "./client.ts";

// Each case has a server of its own, and mostly waits.
const runner = { describe, it: it.concurrent };

describeConformance({ transport: "sse", create: createSseClient }, runner);
describeFirstContact({ transport: "sse", create: createSseClient }, runner);
