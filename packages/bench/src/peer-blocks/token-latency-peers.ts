import { converse, type Conversed, type Load } from "../scenarios/parts/conversations.ts";
import type { PeerPart } from "../scenarios/parts/peer-part.ts";
import type { Measurement } from "../scenarios/parts/scenario.ts";
import { followAsked, wake } from "./ask.ts";
import { freshEndpoint } from "./endpoints.ts";

/** @param measured what a block of ours makes of its conversations */
export function tokenLatencyPeers(measured: (conversed: Conversed) => Measurement): PeerPart<Load> {
  return {
    groups: { quick: 5, standard: 10, full: 40 },
    async measure(lab, peer, load) {
      const { proxy } = await freshEndpoint(lab, peer);
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
