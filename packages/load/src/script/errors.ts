/** Why a script is refused before its first user. */
export type ScriptErrorType =
  /** `config.target` is no URL of an Agent. */
  | "invalid_target"
  /** `config.engines.agent-transports` has what it does not take. */
  | "invalid_option"
  /** A scenario's `transport` is none, or is no share of each. */
  | "invalid_transport"
  /** A step that there is not. */
  | "unknown_step"
  /** A step with what it does not take. */
  | "invalid_step"
  /** A step that has nothing to do where it stands: a `read` before any `start`. */
  | "misplaced_step";

/** A script that cannot be run. The message names the scenario, the step and the remedy. Artillery ends with exit code 11. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly type: ScriptErrorType;
  /** As in `scenario "chat", step 2 (read)`. */
  readonly where: string;

  constructor(type: ScriptErrorType, where: string, message: string) {
    super(`${where}: ${message}`);
    this.type = type;
    this.where = where;
  }
}

/** Why a user failed. Artillery counts it as `errors.<code>`, and the user in `vusers.failed`. */
export type StepErrorCode =
  /** The run ended before the event that a `read` waited for. */
  | "run_ended_early"
  /** The run's events ended without the terminal event. It is counted as lost. */
  | "end_missing"
  /** The run ended, and not as `finished` or by a step `cancel`. */
  | "run_not_finished"
  /** What a `{{ variable }}` was filled in with is no input. */
  | "invalid_variable"
  /** The run took longer than `runLimitMs`. */
  | "run_limit"
  /** A connection was not open within `runLimitMs`. */
  | "connect_limit";

/** What a step could not do. Errors of the clients are their own `TransportError`, and are counted by its `code`. */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly code: StepErrorCode;

  constructor(code: StepErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
