import { addUp } from "@agent-transports/lab/integrity";
import type { Integrity } from "../results/schema.ts";
import { steadyReply } from "../scenarios/parts/follow.ts";
import type { PeerPart } from "../scenarios/parts/peer-part.ts";
import { ask } from "./ask.ts";
import { freshEndpoint } from "./endpoints.ts";

/** @param samples runs of a block */
export function firstTokenPeers(samples: number): PeerPart<undefined> {
  return {
    groups: { quick: 10, standard: 10, full: 60 },
    async measure(lab, peer) {
      const { proxy } = await freshEndpoint(lab, peer);
      const client = peer.application.connect(proxy.url, `first-token-${lab.id()}`);
      const firstToken: number[] = [];
      const integrity: Integrity[] = [];
      try {
        // As with ours: the first two open the connection and warm the agent.
        for (let i = -2; i < samples; i++) {
          const { askedAt, shown, over } = ask(lab, client, lab.script(steadyReply(lab, 1, 1)));
          await over;
          integrity.push(shown.result(1));
          const [at] = shown.tokenAt;
          if (i >= 0 && at !== undefined) firstToken.push(at - askedAt);
        }
      } finally {
        client.close();
      }
      return { samples: { firstToken }, integrity: addUp(integrity) };
    },
  };
}
