import type { ClientOptions, CoreOptions } from "@agent-transports/client-core";

// Spelled out: Node's types have no `HeadersInit`, and neither Node's nor Workers' have `RequestCredentials`.
type HeadersLike = NonNullable<ConstructorParameters<typeof Headers>[0]>;

/** What only HTTP has. */
export interface HttpOptions {
  /** Added to every request; a function is asked anew for each, so that a token is always fresh; where it throws, that try is lost. Default: none. */
  readonly headers?: HeadersLike | (() => HeadersLike | Promise<HeadersLike>);
  /** Whether cookies go along, as in `fetch`. Our Agent takes none from a page of another origin. Default `same-origin`. */
  readonly credentials?: "omit" | "same-origin" | "include";
  /** What sends the requests; a service binding's `fetch` for one. Default: the global one. */
  readonly fetch?: typeof fetch;
}

/** {@link ClientOptions}, and what only HTTP has. */
export interface SseClientOptions extends ClientOptions, HttpOptions {}

/** {@link CoreOptions}, and what only HTTP has. */
export interface SseCoreOptions extends CoreOptions, HttpOptions {}
