import { describeConformance, describeFirstContact } from "@agent-transports/conformance";
import { describe, it } from "vitest";
import { createWsClient } from "./client.ts";

describeConformance({ transport: "ws", create: createWsClient }, { describe, it });
describeFirstContact({ transport: "ws", create: createWsClient }, { describe, it });
