import { AGENT_SEGMENT, DEFAULT_AGENT_NAME } from "@agent-transports/protocol";
import { AgentClient } from "agents/client";
import type { PeerWith } from "../peer.ts";
import { socketReader } from "../socket-reader.ts";

/** What it imports is large: a process that measures another client need not hold it. */
export const agentClient: PeerWith<"reader" | "bundle"> = {
  id: "AgentClient",
  label: "AgentClient (agents/client)",
  transport: "ws",
  reader: {
    connect: ({ url }) =>
      socketReader(() => new AgentClient({ agent: AGENT_SEGMENT, name: DEFAULT_AGENT_NAME, host: url.host, protocol: "ws" })),
  },
  bundle: { source: 'export { AgentClient } from "agents/client"' },
};
