import { agentUrl, type AgentAddress, type AgentStream, type Chunk, type HttpExchange, type SocketExchange } from "@agent-transports/peers";

/** Of our Agent, by its level of durability (PROTOCOL.md §1.1); `window` is the default. */
const SEGMENTS = { window: "our-agent", event: "our-event-agent", behind: "our-behind-agent" } as const;

export function askOverHttp(to: AgentAddress, prompt: string, segment: string = SEGMENTS.window): HttpExchange {
  return { over: "http", url: agentUrl(to, segment, "/runs"), body: { prompt }, handle: (header) => header("Agent-Run") };
}

export function replayOverHttp(to: AgentAddress, run: string, segment: string = SEGMENTS.window): HttpExchange {
  return { over: "http", url: agentUrl(to, segment, `/runs/${run}/events`), handle: () => run };
}

/** @param acks whether the client acknowledges what it has read, as `ws-client` does */
export function askOverSocket(to: AgentAddress, prompt: string, acks: boolean, segment: string = SEGMENTS.window): SocketExchange {
  return overSocket(to, segment, { type: "start", key: crypto.randomUUID(), input: { prompt }, ...(acks ? { acks } : {}) });
}

export function replayOverSocket(to: AgentAddress, run: string, acks: boolean, segment: string = SEGMENTS.window): SocketExchange {
  return overSocket(to, segment, { type: "resume", run, ...(acks ? { acks } : {}) });
}

interface Frame {
  readonly type: string;
  readonly run?: { readonly id: string } | string;
  readonly id?: string;
  readonly events?: readonly Chunk[];
  readonly ack?: boolean;
  readonly error?: { readonly message: string };
}

function overSocket(to: AgentAddress, segment: string, first: unknown): SocketExchange {
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

const ours = { durable: true, fills: true } as const;

/** Our Agent over each transport, as the peers' Agents are described. */
export function overSse(level: keyof typeof SEGMENTS): AgentStream {
  const segment = SEGMENTS[level];
  return {
    ...ours,
    segment,
    ask: (to, prompt) => askOverHttp(to, prompt, segment),
    replay: (to, run) => replayOverHttp(to, run, segment),
  };
}

export function overWs(level: keyof typeof SEGMENTS): AgentStream {
  const segment = SEGMENTS[level];
  return {
    ...ours,
    segment,
    ask: (to, prompt) => askOverSocket(to, prompt, false, segment),
    replay: (to, run) => replayOverSocket(to, run, false, segment),
  };
}
