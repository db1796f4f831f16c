import type { NetworkMissing } from "./allowed.ts";

/**
 * Beside what the machine does not allow. `no_ffi`: koffi has no binary for it. `system_call`: the kernel refused what it should allow.
 * `command_failed`: `ip` did. `mover_failed`: the thread between the sides has ended. `closed`: the network has been. `occupied`: the thread is in
 * another place already. `asynchronous`: a function that goes on after it returned.
 */
export type NetworkErrorCode =
  | NetworkMissing
  | "no_ffi"
  | "system_call"
  | "command_failed"
  | "mover_failed"
  | "closed"
  | "occupied"
  | "asynchronous"
  | "bad_option";

/** A network that cannot be had; the message says what would help. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
