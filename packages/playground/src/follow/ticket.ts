import { isRetryableStatus } from "@agent-transports/protocol";
import { TransportError } from "@agent-transports/sse-client";

const REMEDIES: Readonly<Record<number, string>> = {
  401: "It does not accept this token.",
  404: "It needs the variable TICKET_SECRET. An Agent that everyone may use needs no token.",
};

/**
 * What a token is exchanged for: a browser's WebSocket has no headers, and a ticket, in its URL, opens one connection, once.
 *
 * @param agent where the agent's paths begin
 * @param send `fetch`, or one that goes over a line which can be broken
 */
export async function ticketOf(agent: string, headers: Readonly<Record<string, string>>, send: typeof fetch = fetch): Promise<string> {
  const response = await send(`${agent}/tickets`, { method: "POST", headers, body: "{}" });
  if (!response.ok) throw refusal(response.status);
  const { ticket }: { readonly ticket: string } = await response.json();
  return ticket;
}

/** A client takes a `TransportError` for final. After any other error it tries again. */
function refusal(status: number): Error {
  const message = `The agent gave no ticket for the WebSocket: ${status}. ${REMEDIES[status] ?? "Its log says why."}`;
  return isRetryableStatus(status) ? new Error(message) : new TransportError({ code: "connection_refused", message }, { status });
}
