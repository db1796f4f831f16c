import {
  RequestError,
  routeRequest,
  RunAgent,
  type Authorize,
  type Durability,
  type Generation,
  type RoutingEnv,
} from "@agent-transports/agent-worker";
import { callable, type Connection, type WSMessage } from "agents";
import type { UIMessageChunk } from "ai";

/** An agent whose author made a mistake. */
interface Env extends RoutingEnv {
  readonly ThrowingAgent: DurableObjectNamespace<ThrowingAgent>;
}

/** Agents whose hooks throw from now on. It outlives an object, as the isolate does. */
const broken = new Set<string>();

/** The hook that an agent is named by throws. */
function mayThrow(agent: string, hook: string): void {
  if (broken.has(agent) && agent.startsWith(`${hook}-`)) throw new Error("of the author's");
}

export class ThrowingAgent extends RunAgent<Env> {
  override generate({ messages, signal }: Generation): AsyncIterable<UIMessageChunk> {
    mayThrow(this.name, "generate");
    const [part] = messages.at(-1)?.parts ?? [];
    return part?.type === "text" && part.text === "wait" ? waiting(signal) : openShop();
  }

  override describeError(error: unknown): ReturnType<RunAgent["describeError"]> {
    mayThrow(this.name, "describeError");
    return super.describeError(error);
  }

  override limits(): { requestBytes?: number; runsPerSocket?: number } {
    mayThrow(this.name, "limits");
    if (broken.has(this.name) && this.name.startsWith("refusal-"))
      throw new RequestError({ code: "forbidden", message: "This agent has been closed." });
    return this.name.includes("-own-") ? { requestBytes: 2_000_000, runsPerSocket: 1 } : {};
  }

  override retention(): { maxRuns?: number } {
    mayThrow(this.name, "retention");
    return {};
  }

  override durability(): Durability {
    mayThrow(this.name, "durability");
    // As an author may who writes JavaScript.
    if (broken.has(this.name) && this.name.startsWith("promise-")) return JSON.parse("{}", () => Promise.resolve({ level: "event" }));
    return super.durability();
  }

  override recovery(): { attempts?: number } {
    mayThrow(this.name, "recovery");
    return {};
  }

  override recover(): boolean {
    mayThrow(this.name, "recover");
    return true;
  }

  override onStart(): void {
    mayThrow(this.name, "onStart");
  }

  override onConnect(...given: Parameters<RunAgent["onConnect"]>): void | Promise<void> {
    mayThrow(this.name, "onConnect");
    return super.onConnect(...given);
  }

  override onMessage(connection: Connection, message: WSMessage): void | Promise<void> {
    mayThrow(this.name, "onMessage");
    return super.onMessage(connection, message);
  }

  @callable()
  own(): string {
    return "the author's own";
  }

  override onRequest(request: Request): Promise<Response> {
    // The crash of this one object, whose hooks throw behind it.
    const { pathname } = new URL(request.url);
    if (/\/(break|spoil)$/.test(pathname)) broken.add(this.name);
    if (pathname.endsWith("/break")) this.ctx.abort("crash");
    // The object stays.
    if (pathname.endsWith("/spoil")) return Promise.resolve(new Response());
    mayThrow(this.name, "onRequest");
    return super.onRequest(request);
  }
}

async function* openShop(): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  throw new Error("the shop is closed", { cause: new Error("there are no bicycles left") });
}

async function* waiting(signal: AbortSignal): AsyncGenerator<UIMessageChunk> {
  yield { type: "start" };
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

const authorize: Authorize = ({ agent }) => {
  mayThrow(agent, "authorize");
  return { subject: "anyone" };
};

export default {
  fetch(request, env) {
    // The others ask for no credentials: `wrangler dev` has something to say of that.
    const asks = new URL(request.url).pathname.includes("/authorize-");
    return routeRequest(request, env, env.ThrowingAgent, { agent: "throwing-agent", ...(asks && { authorize }) });
  },
} satisfies ExportedHandler<Env>;
