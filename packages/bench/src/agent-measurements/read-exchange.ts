import { tokenIndices } from "@agent-transports/lab/provider";
import { createParser } from "eventsource-parser";
import { WebSocket } from "ws";

/** One way to stream an answer from an Agent, as a client of its own wire format reads it. */
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

/** A client that hangs has failed: nothing waits forever. */
const LIMIT_MS = 300_000;
/** A compressed answer is held back on its way; not every peer says that it wants none. */
const PLAIN = { "Accept-Encoding": "identity" };

interface Chunk {
  readonly type?: string;
  readonly delta?: string;
}

function see(chunk: Chunk, onToken: OnToken, at: number): void {
  if (chunk.type !== "text-delta") return;
  for (const index of tokenIndices(chunk.delta ?? "")) onToken(index, at);
}

async function readEventStream(response: Response, onData: (data: string, at: number) => void): Promise<void> {
  if (!response.ok || response.body === null) throw new Error(`The agent answered ${response.status}: ${await response.text()}`);
  const parser = createParser({ onEvent: ({ data }) => onData(data, performance.now()) });
  const decoder = new TextDecoder();
  for await (const bytes of response.body) parser.feed(decoder.decode(bytes, { stream: true }));
}

function post(url: URL, body: unknown): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { ...PLAIN, "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
}

function pathOf(base: URL, segment: string, agent: string, rest = ""): URL {
  return new URL(`/agents/${segment}/${agent}${rest}`, base);
}

/** Opens a socket, sends one frame, and reads until `read` says that it was the last. */
function overSocket(url: URL, frame: unknown, read: (data: string, at: number) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.href.replace("http", "ws"));
    const limit = setTimeout(() => socket.terminate(), LIMIT_MS);
    let over = false;
    socket.on("open", () => socket.send(JSON.stringify(frame)));
    socket.on("message", (data: Buffer) => {
      if (!read(data.toString(), performance.now())) return;
      over = true;
      clearTimeout(limit);
      resolve();
      socket.close();
    });
    socket.on("error", reject);
    socket.on("close", (code) => {
      clearTimeout(limit);
      if (!over) reject(new Error(`The socket closed with ${code} before the end.`));
    });
  });
}

function chunkFrom(data: string): Chunk {
  if (data === "[DONE]" || data === "") return {};
  const chunk: Chunk = JSON.parse(data);
  return chunk;
}

function plain(segment: string): AgentArm["ask"] {
  return async (base, agent, prompt, onToken) => {
    await readEventStream(await post(pathOf(base, segment, agent), { prompt }), (data, at) => see(chunkFrom(data), onToken, at));
    return "";
  };
}

function ourFrames(run: { id: string }, onToken: OnToken): (data: string, at: number) => boolean {
  return (data, at) => {
    const frame: { type: string; run?: { id: string } | string; events?: Chunk[]; error?: { message: string } } = JSON.parse(data);
    if (frame.type === "error") throw new Error(frame.error?.message);
    if (frame.type === "started" && typeof frame.run === "object") run.id = frame.run.id;
    if (frame.type !== "events") return false;
    for (const chunk of frame.events ?? []) see(chunk, onToken, at);
    return frame.events?.at(-1)?.type === "data-run-end";
  };
}

const OURS = "our-agent";

export const agentArms: readonly AgentArm[] = [
  { id: "relay", label: "hand-written relay, no log", durable: false, segment: "relay-agent", ask: plain("relay-agent") },
  {
    id: "ui-stream",
    label: "AI SDK's UI stream response, no log",
    durable: false,
    segment: "ui-stream-agent",
    ask: plain("ui-stream-agent"),
  },
  {
    id: "streams",
    label: "agents/streams with sseResponse",
    durable: true,
    segment: "streams-agent",
    async ask(base, agent, prompt, onToken) {
      const stream = crypto.randomUUID();
      const url = pathOf(base, "streams-agent", agent, `?stream=${stream}`);
      await readEventStream(await post(url, { prompt }), (data, at) => see(chunkFrom(data), onToken, at));
      return stream;
    },
    async replay(base, agent, stream, onToken) {
      const response = await fetch(pathOf(base, "streams-agent", agent, `?stream=${stream}`), {
        headers: PLAIN,
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      await readEventStream(response, (data, at) => see(chunkFrom(data), onToken, at));
    },
  },
  {
    id: "ai-chat",
    label: "AIChatAgent",
    durable: true,
    segment: "chat-agent",
    async ask(base, agent, prompt, onToken) {
      const message = { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: prompt }] };
      const id = crypto.randomUUID();
      const frame = { type: "cf_agent_use_chat_request", id, init: { method: "POST", body: JSON.stringify({ messages: [message] }) } };
      await overSocket(pathOf(base, "chat-agent", agent), frame, (data, at) => {
        const answer: { type: string; id?: string; body?: string; done?: boolean; error?: boolean } = JSON.parse(data);
        if (answer.type !== "cf_agent_use_chat_response" || answer.id !== id) return false;
        if (answer.error === true) throw new Error(`AIChatAgent failed: ${answer.body}`);
        see(chunkFrom(answer.body ?? ""), onToken, at);
        return answer.done === true;
      });
      return "";
    },
  },
  {
    id: "ours-sse",
    label: "ours over SSE",
    durable: true,
    segment: OURS,
    async ask(base, agent, prompt, onToken) {
      const response = await post(pathOf(base, OURS, agent, "/runs"), { prompt });
      const run = response.headers.get("Agent-Run") ?? "";
      await readEventStream(response, (data, at) => see(chunkFrom(data), onToken, at));
      return run;
    },
    async replay(base, agent, run, onToken) {
      const response = await fetch(pathOf(base, OURS, agent, `/runs/${run}/events`), {
        headers: PLAIN,
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      await readEventStream(response, (data, at) => see(chunkFrom(data), onToken, at));
    },
  },
  {
    id: "ours-ws",
    label: "ours over WebSocket",
    durable: true,
    segment: OURS,
    async ask(base, agent, prompt, onToken) {
      const run = { id: "" };
      const frame = { type: "start", key: crypto.randomUUID(), input: { prompt } };
      await overSocket(pathOf(base, OURS, agent, "?v=1"), frame, ourFrames(run, onToken));
      return run.id;
    },
    async replay(base, agent, run, onToken) {
      await overSocket(pathOf(base, OURS, agent, "?v=1"), { type: "resume", run }, ourFrames({ id: run }, onToken));
    },
  },
];
