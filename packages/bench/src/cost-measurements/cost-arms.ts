import { createClient } from "@agent-transports/lab/clients";
import { agentUrl, type AgentAddress, type PeerWith } from "@agent-transports/peers";
import { agentsStreams } from "@agent-transports/peers/agents-streams";
import { aiChatAgent } from "@agent-transports/peers/ai-chat-agent";

/** An Agent in the peers' Worker, used by the client that people use it with: what a client sends by itself is billed too. */
export interface CostArm {
  readonly id: string;
  readonly label: string;
  /** Of its Agent, in the URL. */
  readonly segment: string;
  /** Whether an application can send into a live answer. */
  readonly takesInputs: boolean;
  readonly open: (to: AgentAddress) => Promise<Conversation>;
}

/** A page on one agent, from when it opens until it is closed. */
export interface Conversation {
  ask(prompt: string, onText: (delta: string) => void): AskedAnswer;
  close(): void;
}

export interface AskedAnswer {
  /** Resolves when the client says that the answer is over. @throws Error where the client gave up */
  readonly ended: Promise<void>;
  /** Resolves when the agent has accepted it. @throws Error where the arm takes no inputs */
  send(data: unknown): Promise<void>;
}

/** In the order of the tables. */
export const costArms: readonly CostArm[] = [
  ours("ours-sse", "ours over SSE", "sse", "our-agent"),
  ours("ours-ws", "ours over WebSocket", "ws", "our-agent"),
  ours("ours-event-sse", "ours over SSE, level event", "sse", "our-event-agent"),
  ours("ours-event-ws", "ours over WebSocket, level event", "ws", "our-event-agent"),
  ours("ours-behind-sse", "ours over SSE, level behind", "sse", "our-behind-agent"),
  ours("ours-behind-ws", "ours over WebSocket, level behind", "ws", "our-behind-agent"),
  peer(aiChatAgent, "AIChatAgent, over WebSocket"),
  peer(agentsStreams, "agents/streams, read by EventSource"),
  held("held", "ours over SSE, and an EventSource held open"),
];

function ours(id: string, label: string, transport: "sse" | "ws", segment: string): CostArm {
  return {
    id,
    label,
    segment,
    takesInputs: true,
    open: async ({ base, agent: name }) => {
      const client = createClient(transport, { url: base, agent: segment, name });
      return {
        ask(prompt, onText) {
          const run = client.start({ prompt });
          const follow = async (): Promise<void> => {
            for await (const { data } of run) if (data.type === "text-delta") onText(data.delta);
          };
          return { ended: follow(), send: async (data) => void (await run.send(data)) };
        },
        close: () => client.close(),
      };
    },
  };
}

function peer({ id, agent: { segment }, application }: PeerWith<"agent" | "application">, label: string): CostArm {
  return {
    id,
    label,
    segment,
    takesInputs: false,
    open: async ({ base, agent }) => {
      const client = application.connect(base, agent);
      return {
        ask(prompt, onText) {
          const { opened, ended } = client.ask(prompt, { onText, onRestart, onState: () => undefined });
          opened.catch(() => undefined); // What failed to open does not end either, which is what is awaited.
          return { ended, send: () => Promise.reject(new Error(`${label} takes no inputs.`)) };
        },
        close: () => client.close(),
      };
    },
  };
}

function onRestart(): never {
  throw new Error("A connection was lost: what it took is not what an answer takes.");
}

/** What many a page does: one event stream for whatever comes, open for as long as the page is, beside the answers' own. */
function held(id: string, label: string): CostArm {
  const segment = "held-agent";
  const answers = ours(id, label, "sse", segment);
  return {
    ...answers,
    open: async (to) => {
      const closed = new AbortController();
      const stream = await fetch(agentUrl(to, segment, "/held"), { headers: { Accept: "text/event-stream" }, signal: closed.signal });
      if (!stream.ok) throw new Error(`The stream that is to be held open was answered with ${stream.status}.`);
      const conversation = await answers.open(to);
      return {
        ask: (prompt, onText) => conversation.ask(prompt, onText),
        close() {
          conversation.close();
          closed.abort();
        },
      };
    },
  };
}
