/** How an Agent's answer is asked for and read, as data: whoever measures carries it, over connections that it can hold up, count or time. */
export interface AgentStream {
  readonly label?: string;
  /** Of its Agent, in the URL. */
  readonly segment: string;
  /** Whether it keeps a log: what it writes can be counted, and asked for again. */
  readonly durable: boolean;
  /** Whether its Agent makes large events by itself where a prompt says so, `worker/filling.ts`. */
  readonly fills: boolean;
  /** Of those, in MB, where more would take too long. */
  readonly fillsAtMost?: number;
  /** Asks for an answer. */
  readonly ask: (to: AgentAddress, prompt: string) => Exchange;
  /** Asks for an answer again that is over, from its first event. @param handle what the first exchange gave */
  readonly replay?: (to: AgentAddress, handle: string) => Exchange;
}

export interface AgentAddress {
  /** Of the Worker. */
  readonly base: URL;
  /** The agent's name. */
  readonly agent: string;
}

/** One request, and all that answers it. */
export type Exchange = HttpExchange | SocketExchange;

/** Answered with an event stream. */
export interface HttpExchange {
  readonly over: "http";
  readonly url: URL;
  /** Posted as JSON. Without one it is a GET. */
  readonly body?: unknown;
  /** What a replay is asked for by. @param header gives a header of the answer, or "" */
  readonly handle?: (header: (name: string) => string) => string;
}

export interface SocketExchange {
  readonly over: "websocket";
  readonly url: URL;
  /** Sent once the socket is open. */
  readonly first: unknown;
  /** @throws Error where the message says that the agent failed */
  readonly read: (data: string) => SocketMessage;
}

export interface SocketMessage {
  readonly chunks: readonly Chunk[];
  /** Of each chunk, where they have any. */
  readonly ids?: readonly string[];
  /** Sent back. */
  readonly answer?: unknown;
  /** What a replay is asked for by. */
  readonly handle?: string;
  /** Nothing comes after it. */
  readonly last: boolean;
}

/** The members of the AI SDK's UI message chunk that are looked at. */
export interface Chunk {
  readonly type?: string;
  /** Of `text-delta`. */
  readonly delta?: string;
  /** Of `data-*`. */
  readonly data?: unknown;
}

/** The chunk in an event's data; none in a stream's last event. */
export function chunkIn(data: string): Chunk | undefined {
  if (data === "[DONE]" || data === "") return undefined;
  const chunk: Chunk = JSON.parse(data);
  return chunk;
}

/** Where an agent is asked. @param rest what follows its name */
export function agentUrl({ base, agent }: AgentAddress, segment: string, rest = ""): URL {
  return new URL(`/agents/${segment}/${agent}${rest}`, base);
}

/** An Agent without a log: a prompt is posted, and answered with an event stream. */
export function postedPrompt(segment: string): AgentStream["ask"] {
  return (to, prompt) => ({ over: "http", url: agentUrl(to, segment), body: { prompt } });
}
