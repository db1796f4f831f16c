import { createSseClient, type ItemStorage, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { linkedFetch } from "../link/linked-fetch.ts";
import { linkedWebSocket } from "../link/linked-socket.ts";
import type { Port } from "../link/link.ts";
import { ticketOf } from "./ticket.ts";

export type Transport = "sse" | "ws";

/** Which agent is followed, and by what right. */
export interface Agent {
  readonly url: string;
  readonly name: string;
  /** Asked anew for each connection. */
  readonly token: () => string | undefined;
}

/** Each lane shows what its run says, and what it waits for. */
const onError = (): void => undefined;

/**
 * A client of either transport, whose connections go over a line that the page can break.
 *
 * @param storage where it remembers its runs, if not by itself
 */
export function createClient(transport: Transport, agent: Agent, port: Port, storage?: ItemStorage): TransportClient {
  const options = { url: agent.url, name: agent.name, onError, ...(storage === undefined ? {} : { storage }) };
  if (transport === "sse") return createSseClient({ ...options, fetch: linkedFetch(port), headers: () => authorization(agent) });
  const query = async (): Promise<Record<string, string>> =>
    agent.token() === undefined ? {} : { ticket: await ticketOf(agentPath(agent), authorization(agent), linkedFetch(port)) };
  return createWsClient({ ...options, WebSocket: linkedWebSocket(port), query });
}

export function authorization({ token }: Agent): Record<string, string> {
  const value = token();
  return value === undefined ? {} : { Authorization: `Bearer ${value}` };
}

/** Where an agent's paths begin. */
export function agentPath({ url, name }: Agent): string {
  return new URL(`agents/transport-agent/${name}`, url.endsWith("/") ? url : `${url}/`).href;
}
