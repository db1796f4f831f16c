import { createChatTransport as overSse } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs } from "@agent-transports/ws-client/ai";
import { ticketOf } from "../follow/ticket.ts";
import type { Transport } from "./chat.tsx";

export interface Agent {
  readonly url: string;
  readonly name: string;
  /** `undefined` where it asks for none. */
  readonly token: string | undefined;
}

export function createTransport(transport: "sse" | "ws", { url, name, token }: Agent): Transport {
  const create = transport === "sse" ? overSse : overWs;
  if (token === undefined) return create({ url, name });
  const headers = { Authorization: `Bearer ${token}` };
  if (transport === "sse") return overSse({ url, name, headers });
  const agent = new URL(`/agents/transport-agent/${name}`, url).href;
  return overWs({ url, name, query: async () => ({ ticket: await ticketOf(agent, headers) }) });
}
