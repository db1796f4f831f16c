/** Why a server cannot resume from a cursor, PROTOCOL.md §1. */
export type CannotResumeReason = "malformed" | "unknown_epoch" | "beyond_tail" | "expired";

/** The codes that a server answers, PROTOCOL.md §5. */
export type ServerErrorCode =
  | "empty_body"
  | "invalid_json"
  | "invalid_request"
  | "cannot_resume"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "run_not_found"
  | "method_not_allowed"
  | "run_ended"
  | "run_gone"
  | "payload_too_large"
  | "key_reused"
  | "too_many_requests"
  | "unsupported_frame"
  | "run_failed"
  | "misconfigured"
  | "internal";

/** What only a client can find. */
export type ClientErrorCode =
  /** The application aborted, or closed the client. */
  | "aborted"
  /** The URL, an option, a key or a run's id cannot work; the message says which. */
  | "invalid_option"
  /** What a start or an input was given cannot be sent, because JSON cannot hold it; nothing was queued. */
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

/** The `error` object of PROTOCOL.md §5, the same on both transports. */
export interface ErrorBody {
  readonly code: ServerErrorCode | (string & {});
  readonly message: string;
  readonly reason?: CannotResumeReason;
  readonly path?: string;
  readonly run?: string;
  /** The limit that was reached, PROTOCOL.md §8.3. */
  readonly limit?: number;
  /** In so many seconds it may be asked again. */
  readonly retryAfter?: number;
}

export function isErrorBody(value: unknown): value is ErrorBody {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "message" in value &&
    typeof value.message === "string"
  );
}

/** §5: the HTTP status of each code; `cannot_resume` has one per reason. */
const statusByCode: Readonly<Record<Exclude<ServerErrorCode, "cannot_resume">, number>> = {
  empty_body: 400,
  invalid_json: 400,
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  run_not_found: 404,
  method_not_allowed: 405,
  run_ended: 409,
  run_gone: 410,
  payload_too_large: 413,
  key_reused: 422,
  too_many_requests: 429,
  unsupported_frame: 400,
  run_failed: 502,
  misconfigured: 500,
  internal: 500,
};

const statusByReason: Readonly<Record<CannotResumeReason, number>> = {
  malformed: 400,
  unknown_epoch: 409,
  beyond_tail: 409,
  expired: 410,
};

/** The HTTP status with which an error goes out. */
export function statusOf(error: ErrorBody): number {
  if (error.code === "cannot_resume") return statusByReason[error.reason ?? "malformed"];
  return (statusByCode as Readonly<Record<string, number>>)[error.code] ?? 500;
}

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
