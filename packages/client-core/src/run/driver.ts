import type { TransportError } from "../errors/transport-error.ts";
import type { DataSchemas } from "../interface/standard-schema.ts";
import type { SavedRun } from "../storage/saved-run.ts";
import type { Sendable } from "./input.ts";

/** What a transport does for a run. */
export interface Driver {
  /** Called once, unless the run was over before. */
  begin(): void;
  /**
   * Puts an input into the run, under its key; tries again by itself.
   *
   * @param signal fires when there is no use in trying any longer, because the run has ended: nobody waits for the promise from then on
   */
  send(key: string, data: Sendable, signal: AbortSignal): Promise<string>;
  /** @param signal as that of {@link send} */
  cancel(signal: AbortSignal): Promise<void>;
  /**
   * The run is over for this client, whichever way: let go of its connection. Called once.
   *
   * @param whole its last event was read, after which a connection ends by itself
   */
  stop(whole: boolean): void;
  /** The application received the event with this id. */
  received?(id: string): void;
  /** When the peer was last heard, as `Date.now()` counts. */
  readonly heardAt?: number | undefined;
}

export interface FollowOptions {
  /** `undefined` for a run that is to be started. */
  readonly id?: string | undefined;
  /** The id of the last event that the application has. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly saved?: SavedRun | undefined;
  readonly dataSchemas?: DataSchemas | undefined;
  readonly maxPendingInputs: number;
  /** How long an input is still tried once the run has ended, in milliseconds. */
  readonly inputGraceMs: number;
  /** Why the client does no more, once it is closed. */
  readonly closed?: () => TransportError | undefined;
  /** What was given cannot work: nothing is begun, and the run fails with it. */
  readonly invalid?: TransportError | undefined;
  /** The run is over for this client. Called once. */
  onStop(): void;
}
