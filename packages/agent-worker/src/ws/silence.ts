import { HEARTBEAT_PERIODS_UNTIL_DEAD } from "@agent-transports/protocol";
import type { SocketState } from "./socket-state.ts";

/** A hidden page's timers may come once a minute. */
const SILENT_MS = 120_000;

/**
 * How long a socket has been silent, where that is so long that its peer is gone, PROTOCOL.md §4.5. `undefined` where it is not, or where its client promised no
 * pings.
 *
 * @param heard when its pings and its frames came last, in ms since 1970; 0 if never
 * @param uploadMs what the largest frame takes
 */
export function silenceOf(state: SocketState | undefined, heard: readonly number[], uploadMs: number, now: number): number | undefined {
  const { heartbeatMs, openedAt = 0, busyUntil = 0 } = state ?? {};
  const saidAt = Math.max(...heard, busyUntil);
  const heardAt = Math.max(saidAt, openedAt);
  if (heartbeatMs === undefined || heardAt === 0) return undefined;
  // A small client pings from the answer to its start on, and does not say how large that is.
  const atMostMs = Math.max(HEARTBEAT_PERIODS_UNTIL_DEAD * heartbeatMs, saidAt === 0 ? uploadMs : 0, SILENT_MS);
  return now - heardAt > atMostMs ? now - heardAt : undefined;
}
