export const VIOLATIONS = [
  /** More or fewer runs than one came of each start. */
  "runs-started",
  /** A start that had to be refused was taken, or failed otherwise. */
  "start-not-refused",
  /** The log's ids are not 1 to n. */
  "log-gap",
  /** The log does not end in exactly one terminal event. */
  "log-end",
  /** The run ended in a state in which it may not. */
  "log-state",
  /** The log has an event that has no place there: an interruption that nothing made, a loss, or an error in the middle. */
  "log-stray",
  /** The log does not say what the agent answered. */
  "log-content",
  /** A reader was given an event that is in no log. */
  "unknown-event",
  /** A reader was given another content under an id. */
  "altered",
  /** One id stood for two events. */
  "id-reused",
  "repeated",
  "lost",
  "reordered",
  /** A reader began before or behind where it asked. */
  "wrong-beginning",
  /** A reader's iteration ended without the terminal event, or went on behind it. */
  "not-complete",
  /** A reader was told another end of the run than the log has. */
  "wrong-end",
  /** A reader ended with an error that it may not end with. */
  "reader-failed",
  "reader-waits",
  /** A cancel failed, which succeeds in any case, or it succeeded and did nothing. */
  "cancel-failed",
  /** An input was answered, and the log does not have it where it was said to be. */
  "input-lost",
  "input-repeated",
  "input-reordered",
  "input-altered",
  "input-failed",
  "input-unanswered",
  /** The model was given other inputs than the log has, or others than were sent. */
  "input-misheard",
  /** The model was not given an input that came in time. */
  "input-unheard",
] as const;

export type ViolationKind = (typeof VIOLATIONS)[number];

export interface Violation {
  readonly kind: ViolationKind;
  /** Whose view it is; `log` where it is nobody's. */
  readonly of: string;
  readonly what: string;
}
