import type { ClientOptions, CoreOptions } from "@agent-transports/client-core";

/** What only WebSocket has. */
export interface SocketOptions {
  /**
   * The WebSocket class. Default: the global one, which browsers, Node ≥ 22, Workers, Bun and Deno have. One that takes headers
   * (such as that of `ws`, subclassed) is how a program outside browsers sends them.
   */
  readonly WebSocket?: typeof WebSocket;
}

/** {@link ClientOptions}, and what only WebSocket has. */
export interface WsClientOptions extends ClientOptions, SocketOptions {}

/** {@link CoreOptions}, and what only WebSocket has. */
export interface WsCoreOptions extends CoreOptions, SocketOptions {}
