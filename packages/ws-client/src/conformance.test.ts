import { describeConformance, describeFirstContact } from "@agent-transports/conformance";
import { describe, it } from "vitest";
import { createWsClient } from "./client.ts";

// Each case has a server of its own, and mostly waits.
const runner = { describe, it: it.concurrent };

describeConformance({ transport: "ws", create: createWsClient }, runner);
describeFirstContact({ transport: "ws", create: createWsClient }, runner);
