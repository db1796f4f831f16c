import { createSseClient, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { linkedFetch } from "../link/linked-fetch.ts";
import { linkedWebSocket } from "../link/linked-socket.ts";
import type { Link } from "../link/link.ts";

export type Transport = "sse" | "ws";

/** Which agent is followed, and by what right. */
export interface Agent {
  readonly url: string;
  readonly name: string;
  /** Asked anew for each connection. */
  readonly token: () => string | undefined;
}

/** Each lane shows what its run says. */
const onError = (): void => undefined;

/** A client of either transport, whose connections go over a line that the page can break. */
export function createClient(transport: Transport, agent: Agent, link: Link): TransportClient {
  const { url, name } = agent;
  if (transport === "sse") return createSseClient({ url, name, onError, fetch: linkedFetch(link), headers: () => authorization(agent) });
  // A browser's WebSocket has no headers: its token is exchanged for a ticket, which opens one connection.
  const query = async (): Promise<Record<string, string>> => {
    const ticket = await ticketOf(agent, link);
    return ticket === undefined ? {} : { ticket };
  };
  return createWsClient({ url, name, onError, WebSocket: linkedWebSocket(link), query });
}

export function authorization({ token }: Agent): Record<string, string> {
  const value = token();
  return value === undefined ? {} : { Authorization: `Bearer ${value}` };
}

/** Where an agent's paths begin. */
export function agentPath({ url, name }: Agent): string {
  return new URL(`agents/transport-agent/${name}`, url.endsWith("/") ? url : `${url}/`).href;
}

async function ticketOf(agent: Agent, link: Link): Promise<string | undefined> {
  if (agent.token() === undefined) return undefined;
  const response = await linkedFetch(link)(`${agentPath(agent)}/tickets`, { method: "POST", headers: authorization(agent), body: "{}" });
  if (!response.ok) throw new Error(`The agent gave no ticket for the WebSocket: ${response.status}. It needs the variable TICKET_SECRET.`);
  const { ticket }: { readonly ticket: string } = await response.json();
  return ticket;
}
