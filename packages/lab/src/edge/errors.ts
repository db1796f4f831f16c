/**
 * `not_installed`: the program is missing. `no_certificate`: none could be made for TLS. `not_spoken`: this edge, or Node, does not speak that version
 * of HTTP. The others: the program is there, and does not serve.
 */
export type EdgeErrorCode = "not_installed" | "no_certificate" | "not_spoken" | "port_taken" | "start_failed" | "start_timeout";

/** An edge that cannot be had; the message says what would help. */
export class EdgeError extends Error {
  override readonly name = "EdgeError";
  readonly code: EdgeErrorCode;

  constructor(code: EdgeErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
