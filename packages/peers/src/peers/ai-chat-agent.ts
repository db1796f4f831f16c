import { WebSocketChatTransport } from "agents/chat/transport";
import { AgentClient } from "agents/client";
import type { UIMessageChunk } from "ai";
import type { Heard, Peer, PeerClient, PeerRun } from "./types.ts";

/** How the transport ends a stream whose socket closed, and whose turn goes on in the agent. */
const CLOSED = "WebSocket closed mid-stream";

/**
 * `AIChatAgent`'s client outside of React: the SDK's `WebSocketChatTransport` on its `AgentClient`, which `useAgentChat` is made of. What the hook adds
 * is done here as the hook does it: on a socket that opens again it asks whether the turn still runs, and shows a replay in the place of what it had.
 */
class AiChatClient implements PeerClient {
  readonly #name: string;
  readonly #agent: AgentClient;
  readonly #transport: WebSocketChatTransport;
  readonly #heard = new Set<Heard>();

  constructor(url: URL, name: string) {
    this.#name = name;
    this.#agent = new AgentClient({ agent: "chat-agent", name, host: url.host, protocol: "ws" });
    this.#transport = new WebSocketChatTransport({ agent: this.#agent });
    this.#agent.addEventListener("message", ({ data }) => this.#receive(String(data)));
    this.#agent.addEventListener("open", () => this.#tell("open"));
    this.#agent.addEventListener("close", () => this.#tell("connecting"));
  }

  ask(prompt: string, heard: Heard): PeerRun {
    this.#heard.add(heard);
    const ended = this.#follow(prompt, heard).finally(() => this.#heard.delete(heard));
    return { opened: this.#open(), ended };
  }

  close(): void {
    this.#heard.clear();
    this.#agent.close();
  }

  #tell(to: "connecting" | "open"): void {
    for (const heard of this.#heard) heard.state(to);
  }

  async #open(): Promise<void> {
    if (this.#agent.readyState === WebSocket.OPEN) return;
    await new Promise((resolve) => this.#agent.addEventListener("open", resolve, { once: true }));
  }

  async #follow(prompt: string, heard: Heard): Promise<void> {
    const chatId = this.#name;
    // One id for all: the agent then takes the message in the place of its conversation, which would otherwise grow from run to run.
    const message = { id: "m", role: "user" as const, parts: [{ type: "text" as const, text: prompt }] };
    let stream = await this.#transport.sendMessages({ chatId, messages: [message], abortSignal: undefined, trigger: "submit-message" });
    while (!(await this.#show(stream, heard))) {
      await this.#open();
      const resumed = await this.#transport.reconnectToStream({ chatId });
      // No turn runs any more: what is not shown by now is not shown at all.
      if (resumed === null) return;
      heard.again();
      stream = resumed;
    }
  }

  /** @returns false where the socket closed before the end */
  async #show(stream: ReadableStream<UIMessageChunk>, heard: Heard): Promise<boolean> {
    for await (const chunk of stream) {
      if (chunk.type === "text-delta") heard.text(chunk.delta);
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

export const aiChat: Peer = {
  id: "ai-chat",
  label: "AIChatAgent",
  beside: "ws",
  agent: "peers",
  takesTurns: true,
  connect: (url, agent) => new AiChatClient(url, agent),
};
