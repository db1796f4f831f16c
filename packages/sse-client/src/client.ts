import { makeClient, settingsOf, type TransportClient } from "@agent-transports/client-core";
import type { ChunkOf, UIMessageLike } from "@agent-transports/protocol";
import { connect } from "./connect.ts";
import { Http, PROTOCOLS } from "./http.ts";
import type { SseClientOptions } from "./options.ts";
import { Subscription } from "./subscription.ts";

/**
 * A client of one agent, over Server-Sent Events. It holds no connection of its own: each followed run has one while it is live. What `connect()` opens is
 * the runtime's to keep.
 *
 * @typeParam Message the application's `UIMessage`, whose `data-*` parts and metadata its runs' chunks then have
 * @throws TransportError `invalid_option`
 */
export function createSseClient<Message extends UIMessageLike = UIMessageLike>(
  options: SseClientOptions,
): TransportClient<ChunkOf<Message>> {
  const http = new Http(options, settingsOf(options, PROTOCOLS));
  const lifetime = new AbortController();
  return makeClient(
    {
      name: "sse",
      settings: http.settings,
      connect: (signal) => connect(http, signal),
      drive: (run, start) => new Subscription(run, http, lifetime.signal, start),
      close: (error) => lifetime.abort(error),
    },
    options,
  );
}
