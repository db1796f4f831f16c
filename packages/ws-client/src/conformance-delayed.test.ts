import { describeConformance } from "@agent-transports/conformance";
import { describeChatTransport } from "@agent-transports/conformance/chat";
import { describe, it } from "vitest";
import { createChatTransport } from "./ai.ts";
import { createWsClient } from "./client.ts";

// What is on its way when something happens shows at a distance only. Each case mostly waits for the line, so they wait side by side.
const runner = { describe, it: it.concurrent };
const distance = { delayMs: 40 };

describeConformance({ transport: "ws", create: createWsClient }, runner, distance);
describeChatTransport({ transport: "ws", create: createChatTransport }, runner, distance);
