import { RequestError, RunAgent, type Generation } from "@agent-transports/agent-worker";
import { Agent, callable, type AgentContext, type Connection, type ConnectionContext, type WSMessage } from "agents";
import type { UIMessageChunk } from "ai";

/** What an author may override of the Agents SDK's, and does without calling `super`. */
export class OverridingAgent extends RunAgent {
  /** Another one each time that the object comes to life. */
  readonly #life: string = crypto.randomUUID();

  override async *generate({ messages, signal }: Generation): AsyncGenerator<UIMessageChunk> {
    yield { type: "start" };
    const [part] = messages.at(-1)?.parts ?? [];
    if (part?.type === "text" && part.text === "wait") await new Promise((resolve) => signal.addEventListener("abort", resolve));
    yield { type: "finish" };
  }

  override recovery(): { enabled: boolean } {
    return { enabled: false };
  }

  @callable()
  secret(): string {
    return "secret";
  }

  /** What the SDK shows of the states of all connections. */
  @callable()
  states(): unknown[] {
    return Array.from(this.getConnections(), ({ state }) => state);
  }

  /** As where a sub-agent was run as a tool: the SDK tells whoever connects of it. */
  @callable()
  ran(): void {
    void this.sql`INSERT INTO cf_agent_tool_runs (run_id, agent_type, input_preview, status, started_at)
      VALUES ('run', 'PlainAgent', '"the input of a tool"', 'completed', 0)`;
  }

  override onConnect(connection: Connection, { request }: ConnectionContext): void {
    const { searchParams } = new URL(request.url);
    if (searchParams.has("refuse")) return connection.close(4403, "Not you.");
    if (searchParams.has("throw")) throw new RequestError({ code: "forbidden", message: "Dafür reichen Ihre Rechte nicht: ".repeat(9) });
    if (searchParams.has("mine")) connection.setState({ mine: true });
  }

  override onMessage(connection: Connection, message: WSMessage): void {
    connection.setState({ said: message });
    connection.send(JSON.stringify({ type: "author", state: connection.state }));
  }

  override onClose(): void {
    // Nothing of the base class's.
  }

  override onError(): void {
    // The same.
  }

  override shouldSendProtocolMessages(): boolean {
    return true;
  }

  /** Sets the state of each connection outside of any frame; or answers what is no run's. */
  override async onRequest(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/own")) return new Response("the author's own");
    if (!pathname.endsWith("/mark")) return super.onRequest(request);
    for (const connection of this.getConnections()) connection.setState({ marked: true });
    return new Response(this.#life);
  }

  override onBeforeSubAgent(): Promise<void> {
    return Promise.resolve();
  }
}

/** A sub-agent that knows nothing of runs and rights. */
export class PlainAgent extends Agent {
  @callable()
  secret(): string {
    return "the sub-agent's secret";
  }

  @callable()
  async shout(): Promise<void> {
    this.broadcast(JSON.stringify({ type: "loud" }));
  }

  @callable()
  states(): unknown[] {
    return Array.from(this.getConnections(), ({ state }) => state);
  }

  override onMessage(connection: Connection, message: WSMessage): void {
    connection.setState({ said: message });
    connection.send(JSON.stringify({ type: "author", state: connection.state }));
  }
}

/** Its author wrote a field, which takes the place of all that stands before a handler: the one that the agent is named by. */
export class FieldAgent extends RunAgent {
  constructor(ctx: AgentContext, env: Cloudflare.Env) {
    super(ctx, env);
    Object.defineProperty(this, ctx.id.name ?? "", { value: () => undefined, configurable: true, enumerable: true, writable: true });
  }

  override async *generate(): AsyncGenerator<UIMessageChunk> {
    yield { type: "finish" };
  }

  @callable()
  secret(): string {
    return "the field's secret";
  }
}

export class FieldSubAgent extends RunAgent {
  override async *generate(): AsyncGenerator<UIMessageChunk> {
    yield { type: "finish" };
  }

  override onMessage = (connection: Connection): void => connection.send("served");
}
