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
  | "request_timeout"
  | "run_ended"
  | "run_gone"
  | "payload_too_large"
  | "key_reused"
  | "too_many_requests"
  | "unsupported_frame"
  | "run_failed"
  | "misconfigured"
  | "internal";

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
  const { code, message }: { readonly code?: unknown; readonly message?: unknown } = Object(value);
  return typeof code === "string" && typeof message === "string";
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
  request_timeout: 408,
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
