import type { ClientOptions } from "@agent-transports/client-core";

/** {@link ClientOptions}, and what only WebSocket has. */
export interface WsClientOptions extends ClientOptions {
  /**
   * The WebSocket class. Default: the global one, which browsers, Node ≥ 22, Workers, Bun and Deno have. One that takes headers
   * (such as that of `ws`, subclassed) is how a program outside browsers sends them.
   */
  readonly WebSocket?: typeof WebSocket;
}
