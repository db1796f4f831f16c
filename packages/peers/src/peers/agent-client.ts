import { AGENT_SEGMENT, DEFAULT_AGENT_NAME } from "@agent-transports/protocol";
import { AgentClient } from "agents/client";
import type { ClientArm } from "./types.ts";
import { sockets } from "./ws-peers.ts";

/** By itself, because what it imports is large, and a process that measures another client need not hold it. */
export const agentClient: ClientArm = {
  id: "AgentClient",
  label: "AgentClient (agents/client)",
  transport: "ws",
  connect: ({ url }) => sockets(() => new AgentClient({ agent: AGENT_SEGMENT, name: DEFAULT_AGENT_NAME, host: url.host, protocol: "ws" })),
};
