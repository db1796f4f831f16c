import { parseEventId, type EventId } from "@agent-transports/protocol";

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

/** Whether this is `<epoch>.<seq>`, without making that: it would be another string for each event. */
export function isNext(id: string, epoch: string, seq: number): boolean {
  let rest = seq;
  let at = id.length;
  for (; rest > 0; rest = Math.floor(rest / 10)) {
    if (id.charCodeAt((at -= 1)) !== 48 + (rest % 10)) return false;
  }
  return at === epoch.length + 1 && id.charCodeAt(epoch.length) === 46 && id.startsWith(epoch);
}

/** Reads an application's cursor. @returns `null` where it is not of the grammar; `undefined` and "" mean before the first event */
export function parseCursor(after: string | undefined): EventId | undefined | null {
  if (after === undefined || after === "") return undefined;
  return typeof after === "string" ? (parseEventId(after) ?? null) : null;
}
