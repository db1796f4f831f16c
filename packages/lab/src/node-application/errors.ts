/** `start_timeout`: the process did not answer in time, and was killed. `ended`: it is gone. `failed`: what it was asked to do did. */
export type NodeApplicationErrorCode = "start_timeout" | "ended" | "failed";

/** What an application in a process of its own cannot do; the message says what would help. */
export class NodeApplicationError extends Error {
  override readonly name = "NodeApplicationError";
  readonly code: NodeApplicationErrorCode;

  constructor(code: NodeApplicationErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
