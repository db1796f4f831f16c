import { describeConformance } from "@agent-transports/conformance";
import { describeChatTransport } from "@agent-transports/conformance/chat";
import { describe, it } from "vitest";
import { createChatTransport } from "./ai.ts";
import { createSseClient } from "./client.ts";

// What is on its way when something happens shows at a distance only. Each case mostly waits for the line, so they wait side by side.
const runner = { describe, it: it.concurrent };
const distance = { delayMs: 40 };

describeConformance({ transport: "sse", create: createSseClient }, runner, distance);
describeChatTransport({ transport: "sse", create: createChatTransport }, runner, distance);
