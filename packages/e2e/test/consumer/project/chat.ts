import { createChatTransport as overSse } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs } from "@agent-transports/ws-client/ai";
import type { ChatTransport, UIMessage } from "ai";

/** The entries for the AI SDK, by its own types. */
export const transports: readonly ChatTransport<UIMessage>[] = [
  overSse({ url: "https://my-agent.example.workers.dev", context: "agent" }),
  overWs({ url: "https://my-agent.example.workers.dev", tools: { note: { inputSchema: { type: "object" } } } }),
];
