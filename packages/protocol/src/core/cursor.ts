import { parseEventId, type EventId } from "../event-id.ts";

/**
 * What an event is to a reader that has everything up to `last` (PROTOCOL.md §1, §7.1):
 *
 * - `next`: deliver it;
 * - `seen`: the server sent it again, drop it;
 * - `gap`: something before it is missing, reconnect from the cursor;
 * - `other_epoch`: it is of another log, of which the cursor says nothing; reconnect, and let the server say so.
 */
export type Place = "next" | "seen" | "gap" | "other_epoch";

/** @param lastEpoch the epoch of the newest event that was accepted, and `lastSeq` its place; `undefined` and 0 before the first, which is `seq` 1 */
export function placeOf(lastEpoch: string | undefined, lastSeq: number, epoch: string, seq: number): Place {
  if (lastEpoch !== undefined && lastEpoch !== epoch) return "other_epoch";
  if (seq === lastSeq + 1) return "next";
  return seq <= lastSeq ? "seen" : "gap";
}

/** Reads an application's cursor. @returns `null` where it is not of the grammar; `undefined` and "" mean before the first event */
export function parseCursor(after: string | undefined): EventId | undefined | null {
  if (after === undefined || after === "") return undefined;
  return typeof after === "string" ? (parseEventId(after) ?? null) : null;
}
