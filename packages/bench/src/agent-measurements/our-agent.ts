import { agentUrl, type AgentAddress, type AgentStream, type Chunk, type HttpExchange, type SocketExchange } from "@agent-transports/peers";

const segment = "our-agent";

export function askOverHttp(to: AgentAddress, prompt: string): HttpExchange {
  return { over: "http", url: agentUrl(to, segment, "/runs"), body: { prompt }, handle: (header) => header("Agent-Run") };
}

export function replayOverHttp(to: AgentAddress, run: string): HttpExchange {
  return { over: "http", url: agentUrl(to, segment, `/runs/${run}/events`), handle: () => run };
}

/** @param acks whether the client acknowledges what it has read, as `ws-client` does */
export function askOverSocket(to: AgentAddress, prompt: string, acks: boolean): SocketExchange {
  return overSocket(to, { type: "start", key: crypto.randomUUID(), input: { prompt }, ...(acks ? { acks } : {}) });
}

export function replayOverSocket(to: AgentAddress, run: string, acks: boolean): SocketExchange {
  return overSocket(to, { type: "resume", run, ...(acks ? { acks } : {}) });
}

interface Frame {
  readonly type: string;
  readonly run?: { readonly id: string } | string;
  readonly id?: string;
  readonly events?: readonly Chunk[];
  readonly ack?: boolean;
  readonly error?: { readonly message: string };
}

function overSocket(to: AgentAddress, first: unknown): SocketExchange {
  return {
    over: "websocket",
    url: agentUrl(to, segment, "?v=1"),
    first,
    read(data) {
      const { type, run, id = "", events = [], ack, error }: Frame = JSON.parse(data);
      if (type === "error") throw new Error(error?.message);
      if (type === "started" && typeof run === "object") return { chunks: [], handle: run.id, last: false };
      if (type !== "events") return { chunks: [], last: false };
      const [epoch, firstSeq] = id.split(".");
      const ids = events.map((_, index) => `${epoch}.${Number(firstSeq) + index}`);
      const last = events.at(-1)?.type === "data-run-end";
      return { chunks: events, ids, last, ...(ack === true ? { answer: { type: "ack", run, id: ids.at(-1) } } : {}) };
    },
  };
}

const ours = { segment, durable: true, fills: true } as const;

/** Our Agent over each transport, as the peers' Agents are described. */
export const overSse: AgentStream = { ...ours, ask: askOverHttp, replay: replayOverHttp };
export const overWs: AgentStream = {
  ...ours,
  ask: (to, prompt) => askOverSocket(to, prompt, false),
  replay: (to, run) => replayOverSocket(to, run, false),
};
