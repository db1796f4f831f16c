import { describeConformance, describeFirstContact } from "@agent-transports/conformance";
import { describe, it } from "vitest";
import { createSseClient } from "./client.ts";

describeConformance({ transport: "sse", create: createSseClient }, { describe, it });
describeFirstContact({ transport: "sse", create: createSseClient }, { describe, it });
