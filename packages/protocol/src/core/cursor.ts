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

/** @param last the newest event that was accepted; `undefined` before the first, which is `seq` 1 */
export function placeOf(last: EventId | undefined, id: EventId): Place {
  if (last !== undefined && last.epoch !== id.epoch) return "other_epoch";
  const expected = (last?.seq ?? 0) + 1;
  if (id.seq === expected) return "next";
  return id.seq < expected ? "seen" : "gap";
}

/** Reads an application's cursor. @returns `null` where it is not of the grammar; `undefined` and "" mean before the first event */
export function parseCursor(after: string | undefined): EventId | undefined | null {
  if (after === undefined || after === "") return undefined;
  return parseEventId(after) ?? null;
}
