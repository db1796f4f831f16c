import { eventsPath } from "@agent-transports/peers";
import type { RunChunk, RunInfo } from "@agent-transports/protocol";

/** Of every log here: as long as a real one. */
const EPOCH = "k3v9x2pq";

/**
 * The text of event `seq`, which ends with its number, as its id does: whoever has either knows whether it came in order.
 *
 * @param padding in characters
 */
export function deltaOf(seq: number, padding = 0): string {
  return `${"x".repeat(padding)} w${seq}`;
}

export function idOf(seq: number): string {
  return `${EPOCH}.${seq}`;
}

/** Event `seq` of a run whose last event before the terminal one is `last`. */
export function chunkOf(seq: number, last: number, padding = 0): RunChunk {
  if (seq > last) return { type: "data-run-end", data: { state: "finished" }, transient: true };
  return { type: "text-delta", id: "0", delta: deltaOf(seq, padding) };
}

/** As the Worker writes it (PROTOCOL.md §3.2). */
export function sseText(seq: number, chunk: RunChunk): string {
  return `id: ${idOf(seq)}\ndata: ${JSON.stringify(chunk)}\n\n`;
}

/** The seq that an id of these logs ends with; 0 for none, or for one that is not of them. */
export function seqOfCursor(cursor: string | undefined): number {
  return cursor?.startsWith(`${EPOCH}.`) === true ? Number(cursor.slice(EPOCH.length + 1)) : 0;
}

export function runInfo(id: string, lastSeq: number): RunInfo {
  return {
    id,
    state: "running",
    epoch: EPOCH,
    lastEventId: lastSeq === 0 ? null : idOf(lastSeq),
    createdAt: "2026-11-25T00:00:00.000Z",
    endedAt: null,
    error: null,
    events: eventsPath(id),
  };
}
