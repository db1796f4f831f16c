export class HostError extends Error {
  override readonly name = "HostError";
  readonly code: "port_in_use" | "not_built" | "start_failed" | "cannot_kill";

  constructor(code: HostError["code"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
