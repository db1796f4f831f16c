import type { Ledger } from "./ledger.ts";

/** One event, as an application received it. */
export interface Seen {
  readonly id: string;
  /** Of its JSON, as `hash.ts` makes it. */
  readonly hash: string;
  /** `performance.now()`. */
  readonly at: number;
}

/** How a reader came to its end. */
export type ViewEnd =
  /** The iteration ended by itself. */
  | { readonly kind: "ended"; readonly state: string | undefined }
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  /** It was given nothing for so long that nobody would wait. */
  | { readonly kind: "waits" };

/** What one reader was given, over all of its legs. */
export interface View {
  readonly reader: string;
  /** The id that it asked to read behind; `null`: from the start. */
  readonly after: string | null;
  readonly events: readonly Seen[];
  readonly end: ViewEnd;
  /** Its run's events may have been deleted while it was away. */
  readonly mayBeGone: boolean;
}

/** One call of `send`. */
export interface SentInput {
  readonly reader: string;
  readonly key: string;
  /** Of its data as the log has it, as `hash.ts` makes it. */
  readonly hash: string;
  readonly answer:
    | { readonly kind: "accepted"; readonly id: string }
    /** `stillRunning`: whether the Agent's SQLite had the run as running behind the refusal */
    | { readonly kind: "refused"; readonly code: string; readonly stillRunning: boolean }
    | { readonly kind: "none" };
}

/** One call of `cancel`. */
export interface SentCancel {
  readonly reader: string;
  /** The number of the last event that its reader had then; 0: none. */
  readonly behind: number;
  /** It succeeded, and the Agent's SQLite had the run as running behind that. */
  readonly stillRunning: boolean;
}

export type ExpectedContent =
  /** JSON of each chunk that the answer has, in order, as the generation gave it. */
  | { readonly chunks: readonly string[] }
  /** All that a model has written. What stands around it is the AI SDK's. */
  | { readonly text: string };

/** What the log must hold. */
export interface Expected {
  /** So many runs its agent was asked to start. */
  readonly runs: number;
  readonly content: ExpectedContent;
  /** How the run may end. */
  readonly states: readonly string[];
  /** So many of the chunks a failed run has, no more and no less; `null`: any beginning will do. */
  readonly failsBehind: number | null;
  /** Its agent dies or its provider's stream breaks, so that the log may say that the answer went on. */
  readonly interrupts: boolean;
  /** Its agent dies, and had sent what it had not stored: PROTOCOL.md §1.1. */
  readonly loses: boolean;
  /** The generation says which inputs it has taken. */
  readonly hears: boolean;
}

/** One run, and all that is known of it when it is over. */
export interface History {
  readonly run: string;
  readonly ledger: Ledger;
  readonly expected: Expected;
  readonly views: readonly View[];
  /** In the order of the calls. */
  readonly inputs: readonly SentInput[];
  readonly cancels: readonly SentCancel[];
}
