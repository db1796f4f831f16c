import { aiChat } from "./ai-chat.ts";
import { eventSource, streams } from "./event-source.ts";
import { partySocket } from "./party-socket.ts";
import type { Peer } from "./types.ts";

/** In the order of a report. */
export const allPeers: readonly Peer[] = [eventSource, streams, partySocket, aiChat];

/** @throws Error where there is none of this name */
export function peerOf(id: string): Peer {
  const found = allPeers.find((peer) => peer.id === id);
  if (found === undefined) throw new Error(`There is no peer ${id}.`);
  return found;
}
