import type { ClientOptions, TransportClient } from "@agent-transports/client-core";
import { createSseClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { Agent, fetch as undiciFetch, WebSocket as UndiciWebSocket } from "undici";
import type { Transport } from "../metrics/metric-list.ts";

/** A user's client with its own connections, as each browser has its own. */
export interface OwnClient {
  readonly client: TransportClient;
  /** Ends the client, and its connections at once: nobody says goodbye, as when a page goes away. */
  destroy(): void;
}

/** A page keeps a connection that it does not use for longer than undici's four seconds. */
const KEPT_ALIVE_MS = 60_000;

/**
 * Node's `fetch` and `WebSocket` share one pool of connections. There, a user would take over a connection that another one has opened, and
 * pay for no handshake.
 */
export function ownClient(transport: Transport, options: ClientOptions, token: string | undefined): OwnClient {
  // An event stream says nothing for as long as the model thinks; the client's own heartbeat ends what is dead.
  const dispatcher = new Agent({ keepAliveTimeout: KEPT_ALIVE_MS, headersTimeout: 0, bodyTimeout: 0 });
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const client =
    transport === "sse"
      ? createSseClient({ ...options, headers, fetch: fetchOver(dispatcher) })
      : createWsClient({ ...options, WebSocket: socketOver(dispatcher, headers) });
  return {
    client,
    destroy() {
      client.close();
      // It rejects nothing: what it ends has been told by the client.
      void dispatcher.destroy();
    },
  };
}

function fetchOver(dispatcher: Agent): typeof fetch {
  // The same implementation as Node's global one, whose types are the DOM's.
  return async (input, init) => Reflect.apply(undiciFetch, undefined, [input, { ...init, dispatcher }]);
}

function socketOver(dispatcher: Agent, headers: Readonly<Record<string, string>>): typeof WebSocket {
  return new Proxy(WebSocket, {
    construct: (_global, [url, protocols]: [string, string | string[] | undefined]) =>
      Reflect.construct(UndiciWebSocket, [url, { dispatcher, headers, ...(protocols === undefined ? {} : { protocols }) }]),
  });
}
