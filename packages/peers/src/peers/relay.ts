import { postedPrompt } from "../agent-stream.ts";
import type { PeerWith } from "../peer.ts";

/** Written by hand: the provider's stream, parsed and passed on event by event. */
export const relay: PeerWith<"agent"> = {
  id: "relay",
  label: "hand-written relay, no log",
  transport: "sse",
  agent: { segment: "relay-agent", durable: false, fills: true, ask: postedPrompt("relay-agent") },
};
