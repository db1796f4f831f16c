import { AgentChatTransport, type ChatOptions } from "@agent-transports/client-core/ai";
import type { UIMessage } from "ai";
import { createWsClient } from "./client.ts";
import type { WsClientOptions } from "./options.ts";

export { TransportError } from "@agent-transports/client-core";
export type {
  AgentChatTransport,
  ChatConnection,
  ChatConnectionListener,
  ChatOptions,
  ItemStorage,
} from "@agent-transports/client-core/ai";

/** {@link WsClientOptions}, and what a chat has beside them. */
export interface WsChatOptions extends WsClientOptions, ChatOptions {}

/** For `useChat({ transport })`. Make it once, outside of your components: it holds the client. */
export function createChatTransport<Message extends UIMessage = UIMessage>(options: WsChatOptions): AgentChatTransport<Message> {
  return new AgentChatTransport<Message>(() => createWsClient(options), options);
}
