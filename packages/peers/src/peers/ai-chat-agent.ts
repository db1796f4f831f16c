import { WebSocketChatTransport } from "agents/chat/transport";
import { AgentClient } from "agents/client";
import type { UIMessageChunk } from "ai";
import { agentUrl, chunkIn, type AgentAddress, type SocketExchange } from "../agent-stream.ts";
import { onlyMessage, type Answer, type AnswerListener, type ApplicationClient } from "../application.ts";
import type { PeerWith } from "../peer.ts";

const segment = "chat-agent";

/** How the transport ends a stream whose socket closed, and whose turn goes on in the agent. */
const CLOSED = "WebSocket closed mid-stream";

/**
 * `AIChatAgent`'s client outside of React: the SDK's `WebSocketChatTransport` on its `AgentClient`, which `useAgentChat` is made of. What the hook adds
 * is done here as the hook does it: on a socket that opens again it asks whether the turn still runs, and shows a replay in the place of what it had.
 */
class ChatApplication implements ApplicationClient {
  readonly #name: string;
  readonly #agent: AgentClient;
  readonly #transport: WebSocketChatTransport;
  readonly #listeners = new Set<AnswerListener>();

  constructor(url: URL, name: string) {
    this.#name = name;
    this.#agent = new AgentClient({ agent: segment, name, host: url.host, protocol: "ws" });
    this.#transport = new WebSocketChatTransport({ agent: this.#agent });
    this.#agent.addEventListener("message", ({ data }) => this.#receive(String(data)));
    this.#agent.addEventListener("open", () => this.#tell("open"));
    this.#agent.addEventListener("close", () => this.#tell("connecting"));
  }

  ask(prompt: string, listener: AnswerListener): Answer {
    this.#listeners.add(listener);
    const ended = this.#follow(prompt, listener).finally(() => this.#listeners.delete(listener));
    return { opened: this.#open(), ended };
  }

  close(): void {
    this.#listeners.clear();
    this.#agent.close();
  }

  #tell(to: "connecting" | "open"): void {
    for (const listener of this.#listeners) listener.onState(to);
  }

  async #open(): Promise<void> {
    if (this.#agent.readyState === WebSocket.OPEN) return;
    await new Promise((resolve) => this.#agent.addEventListener("open", resolve, { once: true }));
  }

  async #follow(prompt: string, listener: AnswerListener): Promise<void> {
    const chatId = this.#name;
    const messages = [onlyMessage(prompt)];
    let stream = await this.#transport.sendMessages({ chatId, messages, abortSignal: undefined, trigger: "submit-message" });
    while (!(await this.#show(stream, listener))) {
      await this.#open();
      const resumed = await this.#transport.reconnectToStream({ chatId });
      // No turn runs any more: what is not shown by now is not shown at all.
      if (resumed === null) return;
      listener.onRestart();
      stream = resumed;
    }
  }

  /** @returns false where the socket closed before the end */
  async #show(stream: ReadableStream<UIMessageChunk>, listener: AnswerListener): Promise<boolean> {
    for await (const chunk of stream) {
      if (chunk.type === "text-delta") listener.onText(chunk.delta);
      if (chunk.type !== "error") continue;
      if (chunk.errorText === CLOSED) return false;
      throw new Error(`AIChatAgent failed: ${chunk.errorText}`);
    }
    return true;
  }

  /** The frames of a resumption, which the transport leaves to whoever reads the socket. */
  #receive(data: string): void {
    const frame: { readonly type?: string; readonly id?: string; readonly probeId?: string } = JSON.parse(data);
    if (frame.type === "cf_agent_stream_resuming") this.#transport.handleStreamResuming({ id: frame.id ?? "" });
    else if (frame.type === "cf_agent_stream_resume_none") this.#transport.handleStreamResumeNone(frame);
    else if (frame.type === "cf_agent_stream_pending") this.#transport.handleStreamPending();
  }
}

/** Its frames as they are, with no client between. */
function askBare(to: AgentAddress, prompt: string): SocketExchange {
  const message = { ...onlyMessage(prompt), id: crypto.randomUUID() };
  const id = crypto.randomUUID();
  return {
    over: "websocket",
    url: agentUrl(to, segment),
    first: { type: "cf_agent_use_chat_request", id, init: { method: "POST", body: JSON.stringify({ messages: [message] }) } },
    read(data) {
      const answer: { type: string; id?: string; body?: string; done?: boolean; error?: boolean } = JSON.parse(data);
      if (answer.type !== "cf_agent_use_chat_response" || answer.id !== id) return { chunks: [], last: false };
      if (answer.error === true) throw new Error(`AIChatAgent failed: ${answer.body}`);
      const chunk = chunkIn(answer.body ?? "");
      return { chunks: chunk === undefined ? [] : [chunk], last: answer.done === true };
    },
  };
}

/** Cloudflare's chat agent, over its own WebSocket protocol. */
export const aiChatAgent: PeerWith<"agent" | "application"> = {
  id: "ai-chat",
  label: "AIChatAgent",
  transport: "ws",
  agent: { segment, durable: true, fills: true, ask: askBare },
  application: { agent: "peers", takesTurns: true, connect: (url, agent) => new ChatApplication(url, agent) },
};
