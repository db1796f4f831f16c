import { describeConformance } from "@agent-transports/conformance";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { describe, it } from "node:test";

describeConformance({ transport: "sse", create: createSseClient }, { describe, it });
describeConformance({ transport: "ws", create: createWsClient }, { describe, it });
