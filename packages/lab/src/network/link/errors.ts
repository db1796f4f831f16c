/** `bad_profile`: numbers that no link has. The others: a recording that cannot be replayed. */
export type LinkErrorCode =
  | "bad_profile"
  | "trace_unreadable"
  | "trace_empty"
  | "trace_not_a_time"
  | "trace_goes_back"
  | "trace_without_length";

/** A link that cannot be; the message names the field or the line, and what is expected there. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
