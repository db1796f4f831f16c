/** `not_installed`: there is no nginx. `no_certificate`: none could be made for TLS. The others: it is there, and does not serve. */
export type NginxErrorCode = "not_installed" | "no_certificate" | "port_taken" | "start_failed" | "start_timeout";

/** An nginx that cannot be had; the message says what would help. */
export class NginxError extends Error {
  override readonly name = "NginxError";
  readonly code: NginxErrorCode;

  constructor(code: NginxErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
