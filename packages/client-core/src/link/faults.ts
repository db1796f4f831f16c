import type { TransportError } from "../errors/transport-error.ts";
import { LostError } from "./link.ts";

/** PROTOCOL.md §7.6: so many answers in a row that are not this protocol are no accident. */
export const MAX_FAULTS = 3;

/**
 * Counts what came over the wire and is not this protocol. A gateway may meddle once, or for a while: another try, from the cursor, is worth it.
 *
 * For a run's events use `FollowedRun.fault`, which counts, and ends the run where no other try is worth it.
 */
export class Faults {
  #inARow = 0;

  /** @returns what to reject a try with: a loss, and from {@link MAX_FAULTS} in a row on the fault itself, which is final */
  count(fault: TransportError): TransportError {
    this.#inARow += 1;
    return this.#inARow < MAX_FAULTS ? new LostError(fault.message, { cause: fault }) : fault;
  }

  /** Something new came. */
  forget(): void {
    this.#inARow = 0;
  }
}
