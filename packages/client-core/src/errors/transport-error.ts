import type { CannotResumeReason, ErrorBody, ServerErrorCode } from "@agent-transports/protocol";

/** What only a client can find. */
export type ClientErrorCode =
  /** The application aborted, or closed the client. */
  | "aborted"
  /** The URL, an option, a key or a run's id cannot work; the message says which. */
  | "invalid_option"
  /** What a start or an input was given cannot be sent, because JSON cannot hold it, or because it is larger than 32 MiB; nothing was queued. */
  | "invalid_input"
  /** The server answered something that is not this protocol. */
  | "unexpected_response"
  /** A `data-*` part does not fit the application's schema; `path` says where, `cause` has the schema's issues. */
  | "invalid_event"
  /** More inputs wait for their answer than `maxPendingInputs`. */
  | "queue_full"
  /** The storage threw; told to `onError`. */
  | "storage_failed"
  /** A browser's connections to one host are used up; told to `onError`. */
  | "connection_limit"
  /** Another try is worth it, and comes; seen in `StateChange.error` only. */
  | "connection_lost"
  /**
   * No connection of this client has ever worked, and three tries in a row have failed; the message has the URL, the last cause and the
   * remedy. Told to `onError` once, and seen in `StateChange.error` until a connection works. The client keeps trying.
   */
  | "never_connected"
  /** The retry policy's limit was reached; `cause` is the last failure. */
  | "retries_exhausted"
  /** The socket was closed with a code that ends a client for good; `status` is that code. */
  | "connection_refused";

export type TransportErrorCode = ServerErrorCode | ClientErrorCode;

/**
 * Every error that this project's clients throw, and with which they end a run.
 *
 * `code` says what happened, `status` is the HTTP status or the WebSocket close code where there was one, `reason` says why a server
 * could not resume.
 */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: TransportErrorCode | (string & {});
  readonly status: number | undefined;
  readonly reason: CannotResumeReason | undefined;
  readonly path: string | undefined;

  constructor(
    error: { readonly code: TransportErrorCode | (string & {}); readonly message: string } & Partial<ErrorBody>,
    options: { readonly status?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(error.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = error.code;
    this.status = options.status;
    this.reason = error.reason;
    this.path = error.path;
  }
}
