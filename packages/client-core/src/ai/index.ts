/** What the clients' `./ai` entries are made of. An entry of its own, because its types need `ai`, which not everyone installs. */
export { AgentChatTransport, type ChatOptions } from "./chat-transport.ts";
export type { ChatConnection, ChatConnectionListener } from "./connections.ts";
export type { ItemStorage } from "../interface/client.ts";
