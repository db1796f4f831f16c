/** What a person can put right: printed as one line, with no stack. */
export class ChaosUsageError extends Error {
  override readonly name = "ChaosUsageError";
  readonly code:
    | "unknown_option"
    | "missing_value"
    | "invalid_value"
    | "unknown_fault"
    | "unknown_scenario"
    | "nothing_to_do"
    | "cannot_kill"
    | "cannot_move_clock"
    | "cannot_lose_packets"
    | "cannot_count";

  constructor(code: ChaosUsageError["code"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
