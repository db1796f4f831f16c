import { AgentChatTransport, type ChatOptions } from "@agent-transports/client-core/ai";
import type { UIMessage } from "ai";
import { createSseClient } from "./client.ts";
import type { SseClientOptions } from "./options.ts";

export { TransportError } from "@agent-transports/client-core";
export type {
  AgentChatTransport,
  ChatConnection,
  ChatConnectionListener,
  ChatOptions,
  ItemStorage,
} from "@agent-transports/client-core/ai";

/** {@link SseClientOptions}, and what a chat has beside them. */
export interface SseChatOptions extends SseClientOptions, ChatOptions {}

/** For `useChat({ transport })`. Make it once, outside of your components: it holds the client. */
export function createChatTransport<Message extends UIMessage = UIMessage>(options: SseChatOptions): AgentChatTransport<Message> {
  return new AgentChatTransport<Message>(() => createSseClient(options), options);
}
