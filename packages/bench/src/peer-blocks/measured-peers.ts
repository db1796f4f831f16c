import { agentsStreams } from "@agent-transports/peers/agents-streams";
import { aiChatAgent } from "@agent-transports/peers/ai-chat-agent";
import { eventsource } from "@agent-transports/peers/eventsource";
import { partysocket } from "@agent-transports/peers/partysocket";
import type { MeasuredPeer } from "../scenarios/parts/scenario.ts";

/** In the order of a report. */
export const measuredPeers: readonly MeasuredPeer[] = [eventsource, agentsStreams, partysocket, aiChatAgent];

/** @throws Error where there is none of this name */
export function peerOf(id: string): MeasuredPeer {
  const found = measuredPeers.find((peer) => peer.id === id);
  if (found === undefined) throw new Error(`There is no peer ${id}.`);
  return found;
}
