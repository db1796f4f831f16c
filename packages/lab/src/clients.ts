import type { ClientOptions, TransportClient } from "@agent-transports/client-core";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";

/** The bearer token for a deployment: from the environment, because a command line is there for every process to read. */
const token = process.env["AGENT_TOKEN"] ?? "";

export const authorization: Readonly<Record<string, string>> = token === "" ? {} : { Authorization: `Bearer ${token}` };

/** Node's own WebSocket, which takes headers where a browser's does not. */
const AuthorizedWebSocket = new Proxy(WebSocket, {
  construct: (target, [url]: [string]) => Reflect.construct(target, [url, { headers: authorization }]),
});

/** A client as every measurement uses it, with the token where there is one. */
export function createClient(
  transport: "sse" | "ws",
  options: ClientOptions,
  /** Of SSE's requests, as a browser adds cookies. */
  headers: Readonly<Record<string, string>> = {},
): TransportClient {
  if (transport === "sse") return createSseClient({ ...options, headers: { ...headers, ...authorization } });
  return createWsClient(token === "" ? options : { ...options, WebSocket: AuthorizedWebSocket });
}
