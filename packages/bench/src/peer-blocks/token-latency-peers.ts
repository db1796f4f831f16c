import type { Measurement, PeerPart } from "../scenarios/parts/scenario.ts";
import { converse, type Conversed, type Load } from "../scenarios/parts/conversations.ts";
import { followAsked, wake } from "./ask.ts";
import { measuredPeers } from "./measured-peers.ts";
import { freshEndpoint } from "./endpoints.ts";

/** @param measured what a block of ours makes of its conversations */
export function tokenLatencyPeers(loads: Readonly<Record<string, Load>>, measured: (conversed: Conversed) => Measurement): PeerPart {
  return {
    peers: measuredPeers,
    groups: () => ({ quick: 5, standard: 10, full: 40 }),
    async runBlock(lab, peer, condition) {
      const { proxy } = await freshEndpoint(lab, peer);
      const load = loads[condition.id]!;
      const agents = peer.application.takesTurns === true ? load.conversations : 1;
      const clients = Array.from({ length: agents }, () => peer.application.connect(proxy.url, `token-latency-${lab.id()}`));
      try {
        await Promise.all(clients.map((client) => wake(lab, client)));
        const { samples, ...rest } = measured(
          await converse(lab, load, (conversation, ...script) => followAsked(lab, clients[conversation % agents]!, ...script)),
        );
        // Ours begin on connections that are not open yet; these are open, since their clients woke the agent.
        const { firstToken: _warm, ...comparable } = samples;
        return { samples: comparable, ...rest };
      } finally {
        for (const client of clients) client.close();
      }
    },
  };
}
