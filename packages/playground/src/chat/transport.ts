import { isRetryableStatus } from "@agent-transports/protocol";
import { createChatTransport as overSse } from "@agent-transports/sse-client/ai";
import { createChatTransport as overWs, TransportError } from "@agent-transports/ws-client/ai";
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
  // A browser's WebSocket has no headers: its token is exchanged for a ticket, which opens one connection, once.
  return overWs({
    url,
    name,
    query: async () => ({ ticket: await ticketOf(new URL(`/agents/transport-agent/${name}/tickets`, url), headers) }),
  });
}

async function ticketOf(url: URL, headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(url, { method: "POST", headers, body: "{}" });
  if (!response.ok) {
    const message = `The agent gave no ticket for the WebSocket: ${response.status}.`;
    // A client takes a `TransportError` for final. After any other error it tries again.
    throw isRetryableStatus(response.status) ? new Error(message) : new TransportError({ code: "unauthorized", message });
  }
  const { ticket }: { readonly ticket: string } = await response.json();
  return ticket;
}
