import type { PeerWith } from "@agent-transports/peers";
import { agentsStreams } from "@agent-transports/peers/agents-streams";
import { aiChatAgent } from "@agent-transports/peers/ai-chat-agent";
import { eventsource } from "@agent-transports/peers/eventsource";
import { partysocket } from "@agent-transports/peers/partysocket";

/** A peer that is measured in the blocks of a run. */
export type MeasuredPeer = PeerWith<"application">;

/** In the order of a report. */
export const measuredPeers: readonly MeasuredPeer[] = [eventsource, agentsStreams, partysocket, aiChatAgent];

/** @throws Error where there is none of this name */
export function peerOf(id: string): MeasuredPeer {
  const found = measuredPeers.find((peer) => peer.id === id);
  if (found === undefined) throw new Error(`There is no peer ${id}.`);
  return found;
}
