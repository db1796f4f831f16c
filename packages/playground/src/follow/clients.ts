import { createSseClient, TransportError, type ItemStorage, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { isRetryableStatus } from "@agent-transports/protocol";
import { linkedFetch } from "../link/linked-fetch.ts";
import { linkedWebSocket } from "../link/linked-socket.ts";
import type { Port } from "../link/link.ts";

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
  // A browser's WebSocket has no headers: its token is exchanged for a ticket, which opens one connection.
  const query = async (): Promise<Record<string, string>> => {
    const ticket = await ticketOf(agent, port);
    return ticket === undefined ? {} : { ticket };
  };
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

async function ticketOf(agent: Agent, port: Port): Promise<string | undefined> {
  if (agent.token() === undefined) return undefined;
  const response = await linkedFetch(port)(`${agentPath(agent)}/tickets`, { method: "POST", headers: authorization(agent), body: "{}" });
  if (!response.ok) throw refusal(response.status);
  const { ticket }: { readonly ticket: string } = await response.json();
  return ticket;
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: "It does not accept this token.",
  404: "It needs the variable TICKET_SECRET. An Agent that everyone may use needs no token.",
};

/** A client takes a `TransportError` for final. After any other error it tries again. */
function refusal(status: number): Error {
  const message = `The agent gave no ticket for the WebSocket: ${status}. ${REMEDIES[status] ?? "Its log says why."}`;
  return isRetryableStatus(status) ? new Error(message) : new TransportError({ code: "connection_refused", message }, { status });
}
