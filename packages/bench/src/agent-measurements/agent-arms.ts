import { tokenIndices } from "@agent-transports/lab/provider";
import type { AgentStream, Chunk, PeerWith } from "@agent-transports/peers";
import { agentsStreams } from "@agent-transports/peers/agents-streams";
import { aiChatAgent } from "@agent-transports/peers/ai-chat-agent";
import { relay } from "@agent-transports/peers/relay";
import { uiStream } from "@agent-transports/peers/ui-stream";
import { overSse, overWs } from "./our-agent.ts";
import { readExchange } from "./read-exchange.ts";

/** An Agent whose answer is measured, as a client of its own wire format reads it. */
export interface AgentArm {
  readonly id: string;
  readonly label: string;
  /** Whether what it sends can be asked for again. */
  readonly durable: boolean;
  /** Of its Agent, in the URL. */
  readonly segment: string;
  /** Asks for a reply and reads it to its end. @returns what {@link replay} needs */
  ask(base: URL, agent: string, prompt: string, onToken: OnToken): Promise<string>;
  /** Reads a finished reply again, from its first event. */
  replay?(base: URL, agent: string, handle: string, onToken: OnToken): Promise<void>;
}

export type OnToken = (index: number, at: number) => void;

/** In the order of the tables. */
export const agentPeers: readonly PeerWith<"agent">[] = [relay, uiStream, agentsStreams, aiChatAgent];

export const agentArms: readonly AgentArm[] = [
  ...agentPeers.map(({ id, label, agent }) => arm(id, agent.label ?? label, agent)),
  arm("ours-sse", "ours over SSE", overSse("window")),
  arm("ours-ws", "ours over WebSocket", overWs("window")),
  arm("ours-event-sse", "ours over SSE, level event", overSse("event")),
  arm("ours-event-ws", "ours over WebSocket, level event", overWs("event")),
  arm("ours-behind-sse", "ours over SSE, level behind", overSse("behind")),
  arm("ours-behind-ws", "ours over WebSocket, level behind", overWs("behind")),
];

function arm(id: string, label: string, { durable, segment, ask, replay }: AgentStream): AgentArm {
  const asking: AgentArm = {
    id,
    label,
    durable,
    segment,
    ask: (base, agent, prompt, onToken) => readExchange(ask({ base, agent }, prompt), tokensTo(onToken)),
  };
  if (replay === undefined) return asking;
  return {
    ...asking,
    async replay(base, agent, handle, onToken) {
      await readExchange(replay({ base, agent }, handle), tokensTo(onToken));
    },
  };
}

function tokensTo(onToken: OnToken): (chunk: Chunk, at: number) => void {
  return (chunk, at) => {
    if (chunk.type !== "text-delta") return;
    for (const index of tokenIndices(chunk.delta ?? "")) onToken(index, at);
  };
}
