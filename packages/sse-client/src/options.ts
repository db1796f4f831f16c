import type { ClientOptions } from "@agent-transports/protocol";

/** {@link ClientOptions}, and what only HTTP has. */
export interface SseClientOptions extends ClientOptions {
  /** Added to every request; a function is asked anew for each, so that a token is always fresh. Default: none. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** Whether cookies go to another origin, as in `fetch`. Default `same-origin`. */
  readonly credentials?: RequestCredentials;
  /** What sends the requests; a service binding's `fetch` for one. Default: the global one. */
  readonly fetch?: typeof fetch;
}
