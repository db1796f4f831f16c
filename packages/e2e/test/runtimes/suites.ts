import { chatChecks, clientChecks, type Check } from "@agent-transports/conformance/runtime";
import { createSseClient } from "@agent-transports/sse-client";
import { createChatTransport as createSseChatTransport } from "@agent-transports/sse-client/ai";
import { createWsClient } from "@agent-transports/ws-client";
import { createChatTransport as createWsChatTransport } from "@agent-transports/ws-client/ai";

/** The whole matrix of one runtime. */
export const suites: Readonly<Record<string, readonly Check[]>> = {
  "a client over sse": clientChecks({ transport: "sse", create: createSseClient }),
  "a client over ws": clientChecks({ transport: "ws", create: createWsClient }),
  "a ChatTransport over sse": chatChecks({ transport: "sse", create: createSseChatTransport }),
  "a ChatTransport over ws": chatChecks({ transport: "ws", create: createWsChatTransport }),
};
